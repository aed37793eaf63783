import { describe, expect, it } from 'vitest'
import { decided, planned, refused } from '../tree.ts'

describe('a static site', () => {
  it('is the root directory when there is an index.html', () => {
    const found = planned({ 'index.html': '', 'public/a.html': '' })
    expect(found.dockerfile.content).toContain('COPY . /srv/\n')
    expect(decided(found, 'Site folder')).toBe('the root directory (the file index.html)')
  })

  it('is the folder public when there is none', () => {
    expect(planned({ 'public/index.html': '' }).dockerfile.content).toContain('COPY public/ /srv/\n')
  })

  it.each(['root: dist', 'root: ./dist/', 'root: "dist" # ours'])('is where Staticfile says: %j', (text) => {
    expect(planned({ Staticfile: text, 'dist/index.html': '' }).dockerfile.content).toContain('COPY dist/ /srv/\n')
  })

  it.each(['root: gone', 'root: ../up', 'root: $HOME', 'root: a\\', 'root: /etc'])(
    'is refused when Staticfile says %j',
    (text) => {
      const found = refused({ Staticfile: text, 'dist/index.html': '' })
      expect(found.why).toContain('Staticfile names the folder')
    },
  )

  it('answers unknown addresses with index.html only when asked to', () => {
    const caddyfile = (text: string) => planned({ Staticfile: text, 'index.html': '' }).extraFiles['.handcar/Caddyfile']
    expect(caddyfile('index_fallback: true')).toContain('{path}/index.html /index.html\n')
    expect(caddyfile('index_fallback: false')).toContain('try_files {path} {path}.html\n')
  })

  it('is served by its own Caddyfile when that listens on PORT', () => {
    const own = planned({ 'index.html': '', Caddyfile: ':{$PORT}\nfile_server' })
    expect(own.dockerfile.content).toContain('COPY Caddyfile /etc/caddy/Caddyfile')
    expect(own.extraFiles).toEqual({})
    const other = planned({ 'index.html': '', Caddyfile: 'example.com\nfile_server' })
    expect(other.dockerfile.content).toContain('COPY .handcar/Caddyfile')
    expect(other.warnings[0]).toContain('Caddyfile was left out')
  })

  it('says what it does not read', () => {
    const found = planned({ 'index.html': '', 'nginx.conf': '', 'Staticfile.auth': '', Procfile: 'web: x' })
    expect(found.warnings).toHaveLength(3)
  })
})
