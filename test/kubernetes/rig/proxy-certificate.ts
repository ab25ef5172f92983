import { generateKeyPairSync, sign } from 'node:crypto';

/** PEM */
export interface ProxyCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** One element of DER: tag, length, content. Source: X.690. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const bits = (content: Uint8Array): Buffer => der(0x03, Buffer.from([0]), content);
const TRUE = der(0x01, Buffer.from([0xff]));
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
const [COMMON_NAME, BASIC_CONSTRAINTS, ALTERNATIVE_NAME] = ['550403', '551d13', '551d11'];

/** `261122031500Z` */
const utcTime = (at: Date): Buffer =>
  der(0x17, Buffer.from(`${at.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`));

/** A certificate for 127.0.0.1 that is its own authority, valid for a day: Node makes keys but no certificates. Source: RFC 5280. */
export function proxyCertificate(now = new Date()): ProxyCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const name = sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from('proxy of the rig')))));
  const [from, to] = [-1, 1].map((days) => new Date(now.getTime() + days * 86_400_000));
  const extensions = sequence(
    sequence(oid(BASIC_CONSTRAINTS), TRUE, der(0x04, sequence(TRUE))),
    sequence(oid(ALTERNATIVE_NAME), der(0x04, sequence(der(0x87, Buffer.from([127, 0, 0, 1]))))),
  );
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    name,
    sequence(utcTime(from ?? now), utcTime(to ?? now)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const whole = sequence(content, ECDSA_WITH_SHA256, bits(sign('sha256', content, privateKey)));
  const lines = whole.toString('base64').replaceAll(/(.{64})/g, '$1\n');
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
