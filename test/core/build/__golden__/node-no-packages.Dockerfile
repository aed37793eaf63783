FROM node:24-slim
ENV NODE_ENV=production PORT=3000 HOST=0.0.0.0 PATH=/app/node_modules/.bin:$PATH
WORKDIR /app
RUN chown 1000:1000 /app
COPY --chown=1000:1000 . .
USER 1000:1000
CMD ["node","server.js"]
