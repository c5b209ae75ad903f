/** The container that the pictures show: real programs of the machine, and one that fails. */

/** More files beside the configuration, by path below the folder of the run. */
export const SHOP_FILES = {
  "nginx.conf": `error_log stderr error;
pid /run/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path /run/nginx-body;
  proxy_temp_path /run/nginx-proxy;
  fastcgi_temp_path /run/nginx-fastcgi;
  uwsgi_temp_path /run/nginx-uwsgi;
  scgi_temp_path /run/nginx-scgi;
  server { listen 8080; location / { proxy_pass http://127.0.0.1:8000; } }
}
`,
  "api.py": `import http.server, signal, sys

class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/" else 404)
        self.end_headers()
        self.wfile.write(b"a shop\\n")
    def log_message(self, text, *values):
        print(text % values)

def stop(*_):
    print("asked to stop: the last request is answered")
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
print("listening on port 8000")
http.server.ThreadingHTTPServer(("", 8000), Api).serve_forever()
`,
};

/** The configuration of both pictures, with the times of its cron service. */
export function shopConfig(reportInterval: string): string {
  return `
settings:
  console: prefix
  http: 127.0.0.1:9100
  http_control: true
  env_set: {PYTHONUNBUFFERED: '1'}

console.logging:
  selector: '*.info'
  stdout: true

migrate.service:
  type: oneshot
  service_groups: INIT
  command: /bin/sh -c 'sleep 0.3; echo 12 migrations applied'

cache.service:
  command: redis-server --save ''
  stdout: 'null'
  ready: {tcp: '127.0.0.1:6379'}

api.service:
  command: python3 $(TEST_DIR)/api.py
  after: cache.service
  restart: true
  restart_delay: 5
  ready: {listen: '8000'}

web.service:
  command: nginx -c $(TEST_DIR)/nginx.conf -g 'daemon off;'
  after: api.service
  kill_signal: SIGQUIT

report.service:
  type: cron
  interval: '${reportInterval}'
  command: /bin/sh -c 'echo 3 orders since the last report'
`;
}

/** A service that the page shows failing; at the terminal it would speak in between. */
export const FAILING_SERVICE = `
mailer.service:
  command: /bin/sh -c 'sleep 1; echo cannot reach smtp.example.com >&2; exit 3'
  after: cache.service
  restart: true
  restart_limit: 9
  restart_delay: 60
`;
