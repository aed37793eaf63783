import { basename } from 'node:path'
import type { Command } from './commands/command.ts'

interface Entry {
  /** Arguments, as the list of commands shows them; undefined for what only the installer and git call. */
  usage: string | undefined
  about: string
  load(): Promise<Command>
}

/** Each command is loaded when it is called: git waits for our hook at every push. */
const commands: Record<string, Entry> = {
  serve: {
    usage: '',
    about: 'run the server: panel, git and deploys',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  proxy: {
    usage: '',
    about: 'prepare Traefik and become it',
    load: async () => (await import('./commands/proxy.ts')).proxy,
  },
  status: {
    usage: '[--json]',
    about: 'services, deployments and replicas',
    load: async () => (await import('./commands/status.ts')).status,
  },
  'setup-token': {
    usage: '',
    about: 'print the address that makes its visitor the owner',
    load: async () => (await import('./commands/setup-token.ts')).setupToken,
  },
  'reset-password': {
    usage: 'EMAIL',
    about: 'give a person a new password, and print it',
    load: async () => (await import('./commands/reset-password.ts')).resetPassword,
  },
  token: {
    usage: 'create NAME',
    about: 'make a token for git and print it',
    load: async () => (await import('./commands/token.ts')).token,
  },
  'set-address': {
    usage: 'HOST',
    about: 'put dashboard and apps at a host name',
    load: async () => (await import('./commands/set-address.ts')).setAddress,
  },
  doctor: {
    usage: '[--json]',
    about: 'check everything that Handcar stands on',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  version: {
    usage: '',
    about: 'print the version',
    load: async () => (await import('./commands/version.ts')).version,
  },
  'base-images': {
    usage: undefined,
    about: 'make stand-in base images where no registry answers',
    load: async () => (await import('./commands/base-images.ts')).baseImages,
  },
  'remove-everything': {
    usage: undefined,
    about: 'remove what this installation has in Docker',
    load: async () => (await import('./commands/remove-everything.ts')).removeEverything,
  },
  'traefik-binary': {
    usage: undefined,
    about: 'find or fetch Traefik',
    load: async () => (await import('./commands/traefik-binary.ts')).traefikBinary,
  },
}

async function main(): Promise<number> {
  const called = [process.argv0, process.argv[1] ?? ''].map((path) => basename(path))
  if (called.includes('proc-receive')) return (await import('./commands/proc-receive.ts')).procReceive()
  const [name = '', ...args] = process.argv.slice(2)
  const { exitCodes, print, printError, reportFailure } = await import('./commands/command.ts')
  if (['help', '--help', '-h'].includes(name)) {
    print(listOfCommands())
    return exitCodes.done
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (entry === undefined) {
    const why = name === '' ? 'Handcar needs a command' : `There is no command ${name}`
    printError(`${why}\n${listOfCommands()}`)
    return exitCodes.usage
  }
  try {
    if (name !== 'version') (await import('./commands/settings-file.ts')).loadSettingsFile()
    const command = await entry.load()
    return await command(args)
  } catch (error) {
    return reportFailure(error)
  }
}

function listOfCommands(): string {
  const shown = Object.entries(commands).filter(([, { usage }]) => usage !== undefined)
  const lines = shown.map(([name, { usage, about }]) => `  ${`${name} ${usage}`.padEnd(22)} ${about}`)
  return ['Usage: handcar COMMAND', ...lines].join('\n')
}

/** Not `process.exit`: what was printed has to arrive first. */
void main().then((code) => {
  process.exitCode = code
})
