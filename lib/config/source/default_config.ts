/** The configuration that a command gets where there is none: config/default.conf, built in. */
import type { ConfigText } from "./config_files.ts";

/** A copy of config/default.conf; a test compares the two. */
export const DEFAULT_CONFIG: ConfigText = {
  name: "<built-in default.conf>",
  text: `\
# What a command gets where there is no configuration at all: output of services (facility daemon)
# and every warning appear on the console.

console.logging: {
  selector: '*.warn;daemon.*',
  stdout: true,
}
`,
};
