import { assertEquals } from "@std/assert";

/** Makes `cert.pem` and `key.pem` for localhost in a directory, and returns their content. */
export async function makeCertificate(path: string): Promise<[string, string]> {
  const command = new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"],
      ...["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=CA:FALSE"],
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
