/**
 * Whom connections in TLS trust: besides the authorities that Node brings along those of the machine, among which a company
 * has its own; and what an operator is told of a certificate that is not trusted.
 */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

/** Errors of certificates and handshakes. */
const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO$)/;

/** Nobody who is trusted has signed it, as far as can be seen. */
const UNKNOWN_ISSUER = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_)/;

let isSystemTrusted = false;

/** Of this thread, for all connections that name no authority. They are read once: some 50 ms. */
export function trustSystemAuthorities(): void {
  if (isSystemTrusted) return;
  isSystemTrusted = true;
  const authorities = new Set([...getCACertificates('default'), ...getCACertificates('system')]);
  setDefaultCACertificates([...authorities]);
}

export function isTlsCode(code: string): boolean {
  return TLS_CODE.test(code);
}

/** What Node says of it, with what mends it in place of a flag that nobody gives to a service. */
export function tlsReason(code: string, said: string): string {
  if (!UNKNOWN_ISSUER.test(code)) return said;
  const [reason] = said.split('; if the root CA');
  return `${reason}; who signed it has to be known to this machine (update-ca-certificates) when Logstead starts, and the server to send what lies between`;
}
