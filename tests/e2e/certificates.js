'use strict';
// Certificates for tests, each only for its purpose: only an authority's can issue others.

const {execFileSync} = require('node:child_process');

const leaf = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature'];
const uses = {
  authority: ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'],
  server: [...leaf, 'extendedKeyUsage=serverAuth'],
  client: [...leaf, 'extendedKeyUsage=clientAuth'],
};

/**
 * Writes a new key and a certificate to `${path}.key` and `${path}.crt`. `names` are its alternative names, as OpenSSL writes them;
 * `by` is the path of its issuer, otherwise it is self-signed. Throws OpenSSL's message if it fails.
 */
function makeCertificate(path, use, {subject = 'test', names, by, days = 1} = {}) {
  const extensions = [...uses[use], ...(names === undefined ? [] : [`subjectAltName=${names}`])];
  execFileSync(
      'openssl',
      [
        'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', String(days), '-subj',
        `/CN=${subject}`, '-keyout', `${path}.key`, '-out', `${path}.crt`,
        ...(by === undefined ? [] : ['-CA', `${by}.crt`, '-CAkey', `${by}.key`]),
        ...extensions.flatMap(extension => ['-addext', extension])
      ],
      {stdio: 'pipe'});
}

module.exports = {makeCertificate};
