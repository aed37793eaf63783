import * as init from './0001_init.ts'

/** Forward only; a published migration never changes. Listed by hand so that the bundle carries them. */
export const migrations = {
  '0001_init': init,
}
