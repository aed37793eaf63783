FROM node:24-slim AS deps
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,id=hc-0192-service-npm-1,target=/root/.npm \
    npm ci --no-audit --no-fund || { code=$?; \
      grep -qsE "code EUSAGE|cipm can only install" /root/.npm/_logs/*; found=$?; rm -rf /root/.npm/_logs; \
      [ $found = 0 ] || exit $code; \
      echo "WARNING: the lock file does not fit package.json, so npm install is used. Run npm install and commit the lock file."; \
      npm install --no-audit --no-fund; }
RUN mkdir -p node_modules

FROM deps AS build
WORKDIR /app
COPY . .
RUN --mount=type=cache,id=hc-0192-service-next-1,target=/app/.next/cache \
    npm run build
RUN --mount=type=cache,id=hc-0192-service-npm-1,target=/root/.npm \
    npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production PORT=3000 HOST=0.0.0.0 PATH=/app/node_modules/.bin:$PATH
WORKDIR /app
RUN chown 1000:1000 /app
COPY --from=build --chown=1000:1000 /app ./
USER 1000:1000
CMD ["next","start"]
