FROM node:24-slim AS deps
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,id=hc-0192-service-npm-1,target=/root/.npm \
    npm ci --no-audit --no-fund --omit=dev || { code=$?; \
      grep -qsE "code EUSAGE|cipm can only install" /root/.npm/_logs/*; found=$?; rm -rf /root/.npm/_logs; \
      [ $found = 0 ] || exit $code; \
      echo "WARNING: the lock file does not fit package.json, so npm install is used. Run npm install and commit the lock file."; \
      npm install --no-audit --no-fund --omit=dev; }
RUN mkdir -p node_modules

FROM node:24-slim
ENV NODE_ENV=production PORT=3000 HOST=0.0.0.0 PATH=/app/node_modules/.bin:$PATH
WORKDIR /app
RUN chown 1000:1000 /app
COPY --from=deps --chown=1000:1000 /app/node_modules ./node_modules
COPY --chown=1000:1000 . .
USER 1000:1000
CMD ["node","server.js"]
