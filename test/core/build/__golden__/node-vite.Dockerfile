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
RUN npm run build

FROM caddy:2-alpine
ENV PORT=3000 XDG_DATA_HOME=/tmp XDG_CONFIG_HOME=/tmp
WORKDIR /srv
COPY --from=build /app/dist /srv
COPY .handcar/Caddyfile /etc/caddy/Caddyfile
USER 1000:1000
CMD ["caddy","run","--config","/etc/caddy/Caddyfile","--adapter","caddyfile"]
