import { VERSION } from "./lib/base/version.ts";

console.log(`\nThis is 'chaperone' version ${VERSION}.\n`);
