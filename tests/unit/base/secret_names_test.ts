import { assertEquals } from "@std/assert";
import { isSecretName, shownValue } from "../../../lib/base/secret_names.ts";
import { test } from "../../test.ts";

test("names of secrets are told from others", () => {
  const secret = [
    "PASSWORD",
    "MYSQL_ROOT_PASSWORD",
    "PGPASSWD",
    "db_password",
    "JWT_SECRET",
    "SECRET_KEY_BASE",
    "GITHUB_TOKEN",
    "AWS_ACCESS_KEY_ID",
    "API_KEY",
    "api-key",
    "APIKEY",
    "KEY",
    "SSH_PRIVATEKEY",
    "SSH_KEYS",
    "AZURE_CREDENTIALS",
    "GPG_PASSPHRASE",
  ];
  const plain = [
    "PATH",
    "HOME",
    "KEYBOARD",
    "MONKEY",
    "KEYCLOAK_URL",
    "PASS_COUNT",
    "DB_PASSWORD_FILE",
    "TLS_KEY_PATH",
    "",
  ];
  assertEquals(secret.filter((name) => !isSecretName(name)), []);
  assertEquals(plain.filter(isSecretName), []);
});

test("shownValue hides a secret, and shows that there is none", () => {
  assertEquals(shownValue("DB_PASSWORD", "hunter2"), "***");
  assertEquals(shownValue("DB_PASSWORD", ""), "");
  assertEquals(shownValue("PATH", "/bin"), "/bin");
});
