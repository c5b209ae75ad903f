/** What 500 services with 30 inherited variables cost at load and at each launch. */
import { Environment } from "../../lib/config/environment/environment.ts";

const SERVICES = 500;
const run = (command: string) => command;

const variables: Record<string, string> = { PATH: "/usr/bin:/bin", HOME: "/root" };
for (let i = 0; i < 28; i++) variables[`INHERITED_${i}`] = `value ${i} with $(PATH) in it`;

const settings = Environment.inherited(variables, { run }).derive({
  set: {
    PATH: "/apps/bin:$(PATH)",
    APPS_DIR: "$(APPS_DIR:-/apps)",
    VAR_DIR: "$(VAR_DIR:-$(APPS_DIR)/var)",
    LANG: "${LANG:-C.UTF-8}",
    NAME: "$(_CHAP_SERVICE:/\\.service$//)",
  },
});

function service(index: number): Environment {
  return settings.derive({
    set: { PIDFILE: "$(VAR_DIR)/run/$(NAME).pid", PORT: String(8000 + index) },
    constants: { _CHAP_SERVICE: `web${index}.service` },
  });
}

const services = Array.from({ length: SERVICES }, (_, index) => service(index));

Deno.bench(`derive, check and expand a command, ${SERVICES} services`, () => {
  for (let index = 0; index < SERVICES; index++) {
    const environment = service(index);
    environment.check();
    environment.expand("/usr/sbin/web --pid $(PIDFILE) --port $(PORT)");
  }
});

Deno.bench(`launch, ${SERVICES} services`, () => {
  for (const environment of services) {
    environment.launch({ _CHAP_SERVICE_SERIAL: "1", _CHAP_SERVICE_TIME: "1700000000" });
  }
});
