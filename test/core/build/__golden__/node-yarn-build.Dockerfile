FROM node:24-slim AS deps
RUN npm install -g --no-audit --no-fund --force yarn@1.22.22
WORKDIR /app
COPY package.json yarn.lock ./
RUN --mount=type=cache,id=hc-0192-service-yarn-1,target=/yarn-cache,sharing=locked \
    yarn install --frozen-lockfile --non-interactive --cache-folder /yarn-cache
RUN mkdir -p node_modules

FROM deps AS build
WORKDIR /app
COPY . .
RUN yarn run build
RUN --mount=type=cache,id=hc-0192-service-yarn-1,target=/yarn-cache,sharing=locked \
    yarn install --production --ignore-scripts --prefer-offline --frozen-lockfile --non-interactive --cache-folder /yarn-cache

FROM node:24-slim
ENV NODE_ENV=production PORT=3000 HOST=0.0.0.0 PATH=/app/node_modules/.bin:$PATH
WORKDIR /app
RUN chown 1000:1000 /app
COPY --from=build --chown=1000:1000 /app ./
USER 1000:1000
CMD ["node","a"]
