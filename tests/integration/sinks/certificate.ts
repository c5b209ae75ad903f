import { assertEquals } from "@std/assert";

/**
 * Makes `cert.pem` and `key.pem` for a name in a directory, and returns their content.
 * `isAuthority`: as `openssl req -x509` does it by itself.
 */
export async function makeCertificate(
  path: string,
  { name = "localhost", isAuthority = false } = {},
): Promise<[string, string]> {
  const command = new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${name}`],
      ...["-addext", `subjectAltName=DNS:${name}`],
      ...(isAuthority ? [] : ["-addext", "basicConstraints=CA:FALSE"]),
      ...["-keyout", `${path}/key.pem`, "-out", `${path}/cert.pem`],
    ],
    stderr: "null",
  });
  assertEquals((await command.output()).success, true);
  return [
    await Deno.readTextFile(`${path}/cert.pem`),
    await Deno.readTextFile(`${path}/key.pem`),
  ];
}
