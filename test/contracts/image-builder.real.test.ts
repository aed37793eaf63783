import { dockerImageBuilder } from '../../src/adapters/docker/image-builder.ts'
import { label } from '../../src/adapters/docker/labels.ts'
import { ensureNodeBase, ensureStaticBase } from '../support/base-image.ts'
import { buildContext, testInstall } from '../support/docker.ts'
import { type BuilderHarness, type ContractBuild, describeImageBuilder } from './image-builder.ts'

describeImageBuilder('Docker', async (): Promise<BuilderHarness> => {
  const { installId, connection, cleanUp } = testInstall()
  const [busybox, node] = [await ensureStaticBase(), await ensureNodeBase()]
  // No step may be taken from the cache of an earlier run: a cached step prints nothing.
  let run = 0
  const dockerfile = (kind: ContractBuild): string => {
    run += 1
    const echo = (text: string) => `FROM ${busybox}\nENV RUN=${installId}-${run}\nRUN echo ${text}`
    if (kind === 'working') return `${echo('built it')}\nEXPOSE 8080`
    if (kind === 'failing') return `${echo('about to fail')} && exit 3`
    if (kind === 'hanging' || kind === 'overtime') return `${echo('hanging')} && sleep 100000`
    if (kind === 'registry') return 'FROM registry.invalid/nothing:1\nRUN true'
    return `FROM ${node}\nRUN node -e "const all = []; for (;;) all.push(Buffer.alloc(8e6, all.length + 1))"`
  }
  return {
    builder: dockerImageBuilder({ installId }),
    context: (kind) =>
      buildContext(kind === 'dockerfile_not_found' ? { 'README.md': 'hello' } : { Dockerfile: dockerfile(kind) }),
    async use(reference) {
      const Labels = { [label.install]: installId }
      await connection.call((docker) => docker.createContainer({ Image: reference, Labels }))
    },
    cleanUp,
  }
})
