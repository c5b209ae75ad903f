/** Says in words why the certificate of a server is refused. */

/** What the TLS library calls it, and what that means. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /CaUsedAsEndEntity/,
    "its certificate is an authority's (CA:TRUE), as `openssl req -x509` makes it unless told otherwise; " +
    "make it anew with -addext basicConstraints=CA:FALSE, or let the authority sign one for the host",
  ],
  [
    /UnknownIssuer/,
    "no authority that is trusted has signed its certificate; name the authority's certificate, or " +
    "the host's own where it is self-signed, in tls_ca_file",
  ],
  [/NotValidForName|not valid for name/, "its certificate is not for that name"],
  [/NotValidYet|not valid yet/, "its certificate is not valid yet; is the clock right?"],
  [/Expired|expired/, "its certificate has expired"],
];

/** Returns an error in words for one about a certificate, and any other unchanged. */
export function explainCertificate(error: unknown): unknown {
  if (!(error instanceof Error) || !/certificate/i.test(error.message)) return error;
  const reason = REASONS.find(([pattern]) => pattern.test(error.message))?.[1];
  return reason === undefined ? error : new Error(reason, { cause: error });
}
