import type { Actor } from '../../src/core/actor.ts'
import type { Deployment } from '../../src/core/deployment/deployment.ts'
import type { LogLine } from '../../src/core/deployment/deployment-log.ts'
import type { RuntimeLine } from '../../src/core/replica/runtime-log.ts'
import type { Service, ServiceSummary } from '../../src/core/service/service.ts'
import type { DeploymentItem } from '../../views/deployment/row.tsx'
import type { ServiceView } from '../../views/service/view.ts'

/** The same moment in every sample: nothing on a page may depend on when a test runs. */
export const now = Date.UTC(2026, 10, 21, 14, 2, 42)
const second = 1000
const minute = 60 * second
const hour = 60 * minute

export const ada: Actor = { teamId: 'team-1', personId: 'person-1', name: 'ada@lantern.test' }

export function service(changes: Partial<Service> = {}): Service {
  return {
    id: 'service-1',
    instanceId: 'instance-1',
    environmentId: 'environment-1',
    projectId: 'project-1',
    teamId: 'team-1',
    project: 'lantern',
    environment: 'production',
    slug: 'web',
    branch: 'main',
    hostLabel: 'web-lantern',
    isStopped: false,
    isDeleted: false,
    liveDeploymentId: 'deployment-41',
    settings: {
      port: undefined,
      healthPath: '/healthz',
      healthTimeoutS: undefined,
      startCommand: undefined,
      rootDirectory: undefined,
      replicas: 2,
      memoryBytes: undefined,
      cpuMillis: undefined,
    },
    settingsVersion: 1,
    cacheEpoch: 0,
    createdAt: now - 90 * 24 * hour,
    ...changes,
  }
}

export function deployment(number: number, changes: Partial<Deployment> = {}): Deployment {
  const createdAt = changes.createdAt ?? now - 2 * hour
  return {
    id: `deployment-${number}`,
    instanceId: 'instance-1',
    number,
    state: 'live',
    step: '',
    trigger: 'push',
    commitSha: '5be91aa0c1d2e3f405162738495a6b7c8d9e0f12',
    commitSubject: 'Show tax on the order page',
    commitAuthor: 'Ben Okoro',
    branch: 'main',
    actor: 'ada@lantern.test',
    fromDeploymentId: undefined,
    imageId: `image-${number}`,
    releaseId: `release-${number}`,
    noCache: false,
    movesBranch: true,
    isBranchMoved: true,
    code: undefined,
    why: undefined,
    hint: undefined,
    supersededBy: undefined,
    isCancelRequested: false,
    createdAt,
    buildingAt: createdAt + second,
    builtAt: createdAt + 70 * second,
    startingAt: createdAt + 71 * second,
    liveAt: createdAt + 112 * second,
    endedAt: undefined,
    ...changes,
  }
}

const notYet = {
  builtAt: undefined,
  startingAt: undefined,
  liveAt: undefined,
  imageId: undefined,
  releaseId: undefined,
}

export const building = deployment(42, {
  ...notYet,
  state: 'building',
  commitSha: '8f3c2d14b5a697887960514233445566778899aa',
  commitSubject: 'Add gift cards to checkout',
  createdAt: now - 48 * second,
})
export const queued = deployment(42, { ...building, state: 'queued', buildingAt: undefined })
export const starting = deployment(42, {
  ...building,
  state: 'starting',
  builtAt: now - 6 * second,
  startingAt: now - 5 * second,
})
export const live = deployment(41)
export const crashed = deployment(41, {
  code: 'app.crash_loop',
  why: 'The app ended 5 times within 10 minutes, last with exit code 1, so it is not started again.',
  hint: 'Read the runtime log for the cause, fix it and push.',
})
export const failed = deployment(40, {
  ...notYet,
  state: 'failed',
  commitSha: 'e02c7f4fae1b2c3d4e5f60718293a4b5c6d7e8f9',
  commitSubject: 'Bump image pipeline',
  createdAt: now - 5 * hour,
  endedAt: now - 5 * hour + 38 * second,
  code: 'build.failed',
  why: "The step `npm run build` stopped with exit code 1.\nModule not found: Can’t resolve '@/components/GiftCard'",
  hint: 'Read the end of the build log, fix the cause and push again.\nRun `npm run build` on your machine first.',
})
export const retired = deployment(39, {
  state: 'removed',
  commitSha: 'a91d0c3b5a697887960514233445566778899aab',
  commitSubject: 'Cache product queries',
  createdAt: now - 30 * hour,
  endedAt: now - 2 * hour,
})
export const canceled = deployment(38, {
  ...notYet,
  state: 'canceled',
  code: 'deploy.canceled',
  commitSubject: 'Fix cart total rounding',
  createdAt: now - 31 * hour,
  endedAt: now - 31 * hour + 20 * second,
})
export const superseded = deployment(37, {
  ...notYet,
  state: 'superseded',
  code: 'deploy.superseded',
  supersededBy: 38,
  createdAt: now - 32 * hour,
  endedAt: now - 32 * hour + 9 * second,
})

export const items: DeploymentItem[] = [
  { deployment: building, actions: ['cancel'] },
  { deployment: live, actions: [] },
  { deployment: failed, actions: [] },
  { deployment: retired, actions: ['rollback'] },
  { deployment: canceled, actions: [] },
  { deployment: superseded, actions: [] },
]

export function summary(changes: Partial<ServiceSummary> = {}): ServiceSummary {
  return {
    service: service(),
    url: 'http://web-lantern.203-0-113-10.sslip.io',
    condition: 'active',
    live,
    open: building,
    latest: building,
    replicas: [
      { deploymentNumber: 41, state: 'healthy', address: '10.210.0.2' },
      { deploymentNumber: 41, state: 'healthy', address: '10.210.0.3' },
    ],
    ...changes,
  }
}

const esc = '\u001b'

/** Lines as the build writes them, with the colours that npm and friends send. */
export function buildLines(startedAt: number): LogLine[] {
  const texts: Array<[number, string]> = [
    [0, '-----> Fetching 8f3c2d1 Add gift cards to checkout'],
    [2, '-----> Building with node'],
    [2, 'Node: 22 (engines in package.json)'],
    [3, '-----> [2/5] COPY package.json package-lock.json ./'],
    [4, '-----> [3/5] RUN npm ci'],
    [5, 'added 412 packages in 14s'],
    [19, `${esc}[33mnpm warn${esc}[0m deprecated inflight@1.0.6: use a promise cache`],
    [19, '-----> [5/5] RUN npm run build'],
    [20, `${esc}[2m> shop-web@3.8.0 build${esc}[0m`],
    [20, `${esc}[2m> next build${esc}[0m`],
    [22, `   ${esc}[35m▲${esc}[39m ${esc}[1mNext.js 16.0.3${esc}[0m`],
    [23, '   Creating an optimized production build …'],
    [35, ` ${esc}[32m✓${esc}[39m Compiled successfully in ${esc}[1m12.4s${esc}[22m`],
    [37, '   Generating static pages (0/48)\r   Generating static pages (36/48)'],
  ]
  return texts.map(([seconds, text], index) => ({ number: index + 1, at: startedAt + seconds * second, text }))
}

export function failedLines(startedAt: number): LogLine[] {
  const before = buildLines(startedAt).slice(0, -2)
  const texts = [
    `${esc}[31mFailed to compile.${esc}[0m`,
    '',
    `${esc}[36m./app/checkout/page.tsx${esc}[39m:${esc}[33m4${esc}[39m:${esc}[33m26${esc}[39m`,
    `${esc}[31mError: Module not found${esc}[39m: Can’t resolve ${esc}[32m'@/components/GiftCard'${esc}[39m`,
    `${esc}[31m>${esc}[39m 4 | ${esc}[35mimport${esc}[39m { GiftCard } from '@/components/GiftCard'`,
    'npm error command failed: next build (exit code 1)',
    ' !     The build failed',
    ' !     The step npm run build stopped with exit code 1.',
  ]
  const added = texts.map((text, index) => ({ number: before.length + index + 1, at: startedAt + 33 * second, text }))
  return [...before, ...added]
}

export function stoppedLines(startedAt: number): LogLine[] {
  const before = buildLines(startedAt).slice(0, -4)
  const texts = ['=====> Canceled', '=====> Somebody canceled this deployment.']
  const added = texts.map((text, index) => ({ number: before.length + index + 1, at: startedAt + 33 * second, text }))
  return [...before, ...added]
}

export function runtimeLines(): RuntimeLine[] {
  const texts = [
    'listening on :3000',
    'GET / 200 12 ms',
    `${esc}[31mError: connect ECONNREFUSED${esc}[0m 10.0.0.9:5432`,
  ]
  return texts.map((text, index) => ({
    at: now - 10 * minute + index * 900,
    replica: index === 1 ? 'b71c02' : 'a2f9d4',
    stream: index === 2 ? 'stderr' : 'stdout',
    text,
  }))
}

export const pushTo = { remoteUrl: 'http://203.0.113.10/git/lantern/web.git', branch: 'main' }

export function serviceView(changes: Partial<ServiceView> = {}): ServiceView {
  return {
    summary: summary(),
    actions: ['open', 'restart', 'redeploy', 'rebuild', 'stop'],
    items,
    listed: { total: 42, isAll: false, olderThan: 37 },
    selected: undefined,
    now,
    ...changes,
  }
}
