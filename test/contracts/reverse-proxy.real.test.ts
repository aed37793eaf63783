import { openRealProxy } from '../adapters/traefik/real-proxy.ts'
import { reverseProxyContract } from './reverse-proxy.ts'

reverseProxyContract('Traefik', () => openRealProxy())
