/** Every id that a live update, a script or a link aims at. Views, streams and tests take them from here. */
export const ids = {
  main: 'main',
  /** The one empty form that act buttons post through. */
  actForm: 'act',
  /** Strip that says that live updates stopped. */
  connection: 'connection',
  serviceState: 'service-state',
  serviceActions: 'service-actions',
  serviceMore: 'service-more',
  panes: 'panes',
  deploymentList: 'deployments',
  deployment: (number: number) => `d${number}`,
  deploymentHead: 'deployment-head',
  deploymentState: 'deployment-state',
  pipeline: 'pipeline',
  diagnosis: 'diagnosis',
  logFoot: 'log-foot',
  log: 'log',
  line: (number: number) => `L${number}`,
  projectServices: 'services',
  serviceCard: (slug: string) => `s-${slug}`,
  field: (name: string) => `field-${name}`,
  fieldHint: (name: string) => `field-${name}-hint`,
  fieldError: (name: string) => `field-${name}-error`,
  errorSummary: 'problem',
}
