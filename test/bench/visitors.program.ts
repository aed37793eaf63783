import { sendCrowd, type Visit } from './visitors.ts'

/** The crowd in a process of its own, so that neither it nor who measures keeps the other waiting. */
export type Order = { port: number; host: string } | { allow: string[] } | { leave: true }
export type Word = { visits: Visit[] } | { gone: true }

/** Visits are told in parcels. */
const parcelMs = 250

const parcel: Visit[] = []
let crowd: ReturnType<typeof sendCrowd> | undefined

function say(word: Word): void {
  process.send?.(word)
}

function sendParcel(): void {
  if (parcel.length > 0) say({ visits: parcel.splice(0) })
}

process.on('message', (order: Order) => {
  if ('port' in order) crowd = sendCrowd(order, (visit) => parcel.push(visit))
  else if ('allow' in order) crowd?.allow(order.allow)
  else void finish()
})
// Nobody is left to hear of it.
process.on('disconnect', () => process.exit(1))
process.on('SIGINT', () => undefined)

const timer = setInterval(sendParcel, parcelMs)

async function finish(): Promise<void> {
  await crowd?.leave()
  clearInterval(timer)
  sendParcel()
  say({ gone: true })
  process.disconnect?.()
}
