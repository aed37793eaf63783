FROM node:24-slim AS deps
RUN npm install -g --no-audit --no-fund pnpm@10.34.9 && pnpm config set store-dir /pnpm/store
WORKDIR /app
COPY package.json pnpm-lock.yaml ./
RUN --mount=type=cache,id=hc-0192-service-pnpm-1,target=/pnpm/store \
    CI=true pnpm install --prod --frozen-lockfile
RUN mkdir -p node_modules

FROM node:24-slim
ENV NODE_ENV=production PORT=3000 HOST=0.0.0.0 PATH=/app/node_modules/.bin:$PATH
WORKDIR /app
RUN chown 1000:1000 /app
COPY --from=deps --chown=1000:1000 /app/node_modules ./node_modules
COPY --chown=1000:1000 . .
USER 1000:1000
CMD ["node","server.js"]
