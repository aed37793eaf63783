import { createServer } from 'node:http'

export type ReplicaName = 'blue' | 'green'

/**
 * A small app: answers with its name (first argument), after the time that `/slow/<ms>` asks for, and reads what is
 * posted to the end. On SIGTERM it ends as a good app does: what is under way is answered, nothing new is taken.
 */
const [name = ''] = process.argv.slice(2)

const server = createServer((request, response) => {
  const pauseMs = Number(/^\/slow\/(\d+)$/.exec(request.url ?? '')?.[1] ?? 0)
  let bytes = 0
  request.on('data', (part: Buffer) => {
    bytes += part.length
  })
  request.on('end', () => setTimeout(() => response.end(`${name} ${bytes}`), pauseMs))
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`)
})
process.once('SIGTERM', () => server.close(() => process.exit(0)))
