import 'htmx.org'
import 'htmx.org/dist/ext/hx-sse.js'
import { startCopying } from './copy.ts'
import { startLive } from './live.ts'
import { startLogs } from './log.ts'
import { startMenus } from './menu.ts'
import { startSetupToken } from './setup-token.ts'
import { startTimes } from './time.ts'

startMenus()
startCopying()
startTimes()
startLive()
startLogs()
startSetupToken()
