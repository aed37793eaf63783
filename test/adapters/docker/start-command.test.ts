// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts for a shell
import { describe, expect, it } from 'vitest'
import { shellArguments, startedProgram } from '../../../src/adapters/docker/start-command.ts'
import { run } from '../../../src/kernel/process.ts'

describe('shellArguments', () => {
  it.each([
    ['node server.js', 'exec node server.js'],
    ['  node server.js  ', 'exec node server.js'],
    ['npm run migrate && npm start', 'npm run migrate && exec npm start'],
    ['cd app; node x', 'cd app; exec node x'],
    ['cd app\nnode x', 'cd app\nexec node x'],
    ['NODE_ENV=production node x', 'exec env NODE_ENV=production node x'],
    ['node x 2>&1', 'exec node x 2>&1'],
    ['node x --port ${PORT}', 'exec node x --port ${PORT}'],
    ["node -e 'a && b; c | d'", "exec node -e 'a && b; c | d'"],
    ['node "$(cat name)"', 'exec node "$(cat name)"'],
    ['node a\\;b', 'exec node a\\;b'],
    ['exec node x', 'exec node x'],
    ['node x | tee log', 'node x | tee log'],
    ['node x || node y', 'node x || node y'],
    ['node x & wait', 'node x & wait'],
    ['(cd app && node x)', '(cd app && node x)'],
    ['if true; then node x; fi', 'if true; then node x; fi'],
    ['while true; do node x; done', 'while true; do node x; done'],
    ['node $(cat name)', 'node $(cat name)'],
    ["node 'open", "node 'open"],
  ])('%j runs as %j', (command, expected) => {
    expect(shellArguments(command)).toEqual(['sh', '-c', expected])
  })

  it.each([
    'echo one && echo two',
    'A=1 sh -c "echo $A-${B:-none}"',
    'cd / && pwd',
    'echo a | cat',
    "printf '%s;' 'a && b' c",
  ])('%j means the same to the shell as before', async (command) => {
    const [shell = '', ...args] = shellArguments(command)
    const [ours, theirs] = await Promise.all([run(shell, args), run('sh', ['-c', command])])
    expect(ours.stdout.toString()).toBe(theirs.stdout.toString())
    expect(ours.stdout.length).toBeGreaterThan(0)
  })
})

describe('startedProgram', () => {
  it.each<[string, string[], string | undefined]>([
    ['node', ['server.js'], 'node'],
    ['/usr/local/bin/app', [], '/usr/local/bin/app'],
    ['sh', ['-c', 'exec node server.js'], 'node'],
    ['/bin/sh', ['-c', 'exec env A=1 ./server --fast'], './server'],
    ['sh', ['-c', 'A=1 "/app/my" x'], '/app/my'],
    ['sh', ['-c', 'cd app && node x'], undefined],
    ['sh', ['-c', '$PROGRAM x'], undefined],
    ['sh', ['script.sh'], 'sh'],
    ['', [], undefined],
  ])('%j with %j starts %j', (path, args, expected) => {
    expect(startedProgram(path, args)).toBe(expected)
  })
})
