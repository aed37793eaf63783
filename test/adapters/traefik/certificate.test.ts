import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { selfSignedCertificate } from '../../../src/adapters/traefik/certificate.ts'

describe('the self-signed certificate', () => {
  const now = new Date('2026-11-21T09:00:00Z')

  it('is one for the host, signed by its own EC P-256 key, with the dates asked for', () => {
    const { certificate, key } = selfSignedCertificate('handcar.invalid', now, 365)
    const parsed = new X509Certificate(certificate)
    expect(parsed.subject).toBe('CN=handcar.invalid')
    expect(parsed.issuer).toBe('CN=handcar.invalid')
    expect(parsed.subjectAltName).toBe('DNS:handcar.invalid')
    expect(parsed.verify(parsed.publicKey)).toBe(true)
    expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(parsed.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
    expect(parsed.validFromDate).toEqual(now)
    expect(parsed.validToDate).toEqual(new Date('2027-11-21T09:00:00Z'))
  })

  it('has a date after 2049, and a new key and number each time', () => {
    const [one, other] = [selfSignedCertificate('a.test', now, 36_500), selfSignedCertificate('a.test', now, 36_500)]
    const [first, second] = [new X509Certificate(one.certificate), new X509Certificate(other.certificate)]
    expect(first.validToDate.getUTCFullYear()).toBe(2126)
    expect(first.serialNumber).not.toBe(second.serialNumber)
    expect(one.key).not.toBe(other.key)
  })

  it('holds for a host name as long as host names can be', () => {
    const host = `${`${'a'.repeat(61)}.`.repeat(4)}test`
    expect(new X509Certificate(selfSignedCertificate(host, now, 1).certificate).checkHost(host)).toBe(host)
  })

  it('makes a TLS connection that a client who trusts it accepts', async () => {
    const { certificate, key } = selfSignedCertificate('handcar.invalid', new Date(Date.now() - 60_000), 1)
    const server = createServer({ cert: certificate, key }, (socket) => socket.end('hello'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const client = connect({ host: '127.0.0.1', port: address.port, servername: 'handcar.invalid', ca: certificate })
    await once(client, 'secureConnect')
    expect(client.authorized).toBe(true)
    client.destroy()
    server.close()
  })
})
