FROM node:24-slim AS deps
WORKDIR /app
COPY package.json ./
RUN --mount=type=cache,id=hc-0192-service-npm-1,target=/root/.npm \
    npm install --no-audit --no-fund --omit=dev
RUN mkdir -p node_modules

FROM node:24-slim
ENV NODE_ENV=production PORT=3000 HOST=0.0.0.0 PATH=/app/node_modules/.bin:$PATH
WORKDIR /app
RUN chown 1000:1000 /app
COPY --from=deps --chown=1000:1000 /app/node_modules ./node_modules
COPY --chown=1000:1000 . .
USER 1000:1000
CMD ["node","server.js"]
