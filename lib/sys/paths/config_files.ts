/** The files that loading a configuration looks at. */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { ConfigFiles } from "../../config/source/config_files.ts";
import { fileKind, listDirectory, readWhole } from "../files/files.ts";
import { readServiceFile } from "./service_files.ts";

/** The files of a configuration. A pipe that is named itself is read to its end. */
export const configFiles: ConfigFiles = {
  stat: fileKind,
  list: listDirectory,
  read: readWhole,
  readFor: (path, user) => {
    const text = readServiceFile(path, user);
    if (text === undefined) throw new SystemError("open", ERRNO.ENOENT, path);
    return text.replace(/^\ufeff/, "");
  },
};
