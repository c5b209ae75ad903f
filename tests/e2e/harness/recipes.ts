/** What recipes of the documents need to run on this machine, and nowhere but in memory. */
import { blocksOf } from "./shown.ts";

/** What images have and this machine has not. */
export const STAND_INS: Readonly<Record<string, string>> = {
  "bin/curl": '#!/bin/sh\nexec busybox wget -qO- "$2"\n',
  "files/usr/local/bin/docker-entrypoint.sh": `#!/bin/sh
echo "$1 serves $3"
exec sleep 600
`,
};

/** Has the machine's folders written to in memory. */
export const COOKING = ["var", "srv", "usr/local"].map((folder) =>
  `mkdir -p "$dir/own/${folder}"
mount -t tmpfs tmpfs "$dir/own/${folder}"
mkdir "$dir/own/${folder}/upper" "$dir/own/${folder}/work"
mount -t overlay overlay -o "lowerdir=/${folder},upperdir=$dir/own/${folder}/upper,workdir=$dir/own/${folder}/work" /${folder}
`
).join("");

/** The files that a recipe shows: a comment in the first two lines is the path. */
export function filesOf(section: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const language of ["nginx", "php", "python", "js", "html", "sh"]) {
    for (const text of blocksOf(section, language)) {
      const path = /^(?:#!.*\n)?(?:<\?php )?(?:#|\/\/|<!--) (\/\S+)(?: -->)?$/m.exec(text)?.[1];
      if (path !== undefined) files[`files${path}`] = text;
    }
  }
  return files;
}
