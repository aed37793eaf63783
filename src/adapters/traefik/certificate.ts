import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/**
 * A certificate signed by its own key (EC P-256, X.509 version 3, RFC 5280), both as PEM.
 * Nobody trusts it: it stands in where no better one is loaded.
 */
export function selfSignedCertificate(host: string, now: Date, days: number): { certificate: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const until = new Date(now.getTime() + days * 86_400_000)
  const ecdsaWithSha256 = sequence(objectId(1, 2, 840, 10_045, 4, 3, 2))
  const name = sequence(element(0x31, sequence(objectId(2, 5, 4, 3), element(0x0c, Buffer.from(host)))))
  const serial = randomBytes(16)
  // Positive, and no leading zero byte.
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0)
  const signed = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, serial),
    ecdsaWithSha256,
    name,
    sequence(time(now), time(until)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(alternativeName(host), serverUse())),
  )
  const signature = element(0x03, Buffer.from([0]), sign('sha256', signed, privateKey))
  const certificate = sequence(signed, ecdsaWithSha256, signature)
  return {
    certificate: pem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function alternativeName(host: string): Buffer {
  const dnsName = element(0x82, Buffer.from(host))
  return sequence(objectId(2, 5, 29, 17), element(0x04, sequence(dnsName)))
}

function serverUse(): Buffer {
  const serverAuthentication = objectId(1, 3, 6, 1, 5, 5, 7, 3, 1)
  return sequence(objectId(2, 5, 29, 37), element(0x04, sequence(serverAuthentication)))
}

function sequence(...parts: Buffer[]): Buffer {
  return element(0x30, ...parts)
}

/** One DER element: tag, length in the shortest form, content. */
function element(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content])
  if (content.length < 0x100) return Buffer.concat([Buffer.from([tag, 0x81, content.length]), content])
  return Buffer.concat([Buffer.from([tag, 0x82, content.length >> 8, content.length & 0xff]), content])
}

function objectId(first: number, second: number, ...rest: number[]): Buffer {
  const bytes = [first * 40 + second]
  for (const part of rest) {
    const digits = [part & 0x7f]
    for (let left = part >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80)
    bytes.push(...digits)
  }
  return element(0x06, Buffer.from(bytes))
}

/** UTCTime through 2049, GeneralizedTime from 2050, as RFC 5280 asks. */
function time(moment: Date): Buffer {
  const digits = `${moment.toISOString().replace(/[-:T]|\.\d+/g, '')}`
  if (moment.getUTCFullYear() < 2050) return element(0x17, Buffer.from(digits.slice(2)))
  return element(0x18, Buffer.from(digits))
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
