import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { settingsFileOf } from './settings-file.ts'

/** What the installer has somebody keep running: systemd, or where there is none its own supervisor. */
export type Service = 'docker' | 'server' | 'proxy'

/** Where the machine says how its services are run; a test has its own. */
export interface Places {
  systemd: string
  supervisor: string
  logs: string
}

const placesOfMachine: Places = { systemd: '/run/systemd/system', supervisor: '/run/handcar', logs: '/var/log/handcar' }

const titles = { docker: 'Docker', server: 'the server', proxy: 'Traefik' }

/** A command that (re)starts a service on this machine, and one that shows its log. */
export function waysToRestart(service: Service, dataDirectory = '', places = placesOfMachine): string {
  const name = service === 'docker' ? 'docker' : nameOf(dataDirectory)
  const again = `Start ${titles[service]}: sh install.sh${optionsFor(dataDirectory)}, in the checkout of Handcar`
  if (name === undefined) return again
  if (existsSync(places.systemd)) {
    const unit = service === 'proxy' ? `${name}-traefik` : name
    return `Start ${titles[service]}: systemctl restart ${unit}; its log: journalctl -u ${unit}`
  }
  const slot = `${name}/${service}`
  const pid = `${places.supervisor}/${slot}.pid`
  if (!existsSync(pid)) return again
  // The supervisor starts again whatever ends.
  return `Restart ${titles[service]}: kill $(cut -d ' ' -f 1 ${pid}); its log: ${places.logs}/${slot}.log`
}

/** As the installer named this Handcar; undefined when it was not installed. */
function nameOf(dataDirectory: string): string | undefined {
  const file = settingsFileOf(dataDirectory)
  return file && basename(file, '.env')
}

function optionsFor(dataDirectory: string): string {
  return ['', '/var/lib/handcar'].includes(dataDirectory) ? '' : ` --data ${dataDirectory}`
}
