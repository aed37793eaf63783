FROM caddy:2-alpine
ENV PORT=3000 XDG_DATA_HOME=/tmp XDG_CONFIG_HOME=/tmp
WORKDIR /srv
COPY . /srv/
COPY Caddyfile /etc/caddy/Caddyfile
USER 1000:1000
CMD ["caddy","run","--config","/etc/caddy/Caddyfile","--adapter","caddyfile"]
