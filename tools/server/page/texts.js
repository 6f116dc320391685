// What the page says, in the languages it speaks.

export const texts = {
  pt: {
    language: "pt",
    locale: "pt-BR",
    states: {
      connecting: "Conectando…",
      serving: "Conectado",
      draining: "Encerrando: só termina o que já aceitou",
      stale: "Sem resposta",
    },
    noAnswer: (since) => `Sem resposta há ${since}`,
    oldFigures: (age) => `Números parados há ${age}`,
    lastFigures: (time) => `Os números são os das ${time}, os últimos que o servidor deu.`,
    neverAnswered: "O servidor não respondeu ainda; a página continua tentando.",
    connected: (count) => (count === 1 ? "cliente conectado" : "clientes conectados"),
    atMost: (most) => `de no máximo ${most}`,
    rate: "Pedidos por segundo",
    p99: "Tempo de resposta, p99",
    lastMinutes: "Últimos 10 minutos",
    charts: {count: "Clientes conectados", rate: "Pedidos por segundo", p99: "Tempo de resposta, p99"},
    range: (least, most) => `de ${least} a ${most} nos últimos 10 minutos`,
    nothingYet: "nada ainda",
    of: (part, all) => `${part} de ${all}`,
    unanswered: "Pedidos sem resposta",
    busyWorkers: "Workers ocupados",
    hungWorkers: "Chamadas presas",
    watchers: "Observadores",
    runningFor: "No ar há",
    drift: "Desvio da contagem",
    whoIsHere: "Quem está aqui",
    search: "Procurar",
    searchHint: "nome, endereço ou sessão",
    found: (found, all) => `${found} de ${all}`,
    rosterAge: (age) => `pedidos e silêncio de há ${age}`,
    columns: {
      name: "Nome",
      address: "Endereço",
      since: "Desde",
      requests: "Pedidos",
      idle: "Silêncio",
      session: "Sessão",
    },
    unnamed: "(sem nome)",
    nobody: "Ninguém conectado.",
    nothingFound: "Nada encontrado.",
    loading: "Carregando…",
    latest: "Entradas e saídas",
    noChanges: "Ninguém entrou nem saiu ainda.",
    joined: "entrou",
    left: "saiu",
    reasons: {
      goodbye: "despediu-se",
      disconnected: "desconectado",
      timed_out: "parou de responder",
      evicted: "removido",
      drained: "dispensado",
    },
    sinceStart: "Desde o início",
    traffic: "Pedidos",
    requests: "aceitos",
    replies: "respondidos",
    undeliverable: "não entregues",
    dropped: "descartados",
    joins: "Entradas",
    all: "todas",
    resumes: "de volta à sessão",
    leaves: "Saídas",
    refused: "Recusas",
    errors: "Erros enviados",
    languageLabel: "Idioma",
    themeLabel: "Aparência",
    themeAuto: "Do sistema",
    themeLight: "Clara",
    themeDark: "Escura",
  },
  en: {
    language: "en",
    locale: "en",
    states: {
      connecting: "Connecting…",
      serving: "Connected",
      draining: "Draining: finishes what it has accepted",
      stale: "No answer",
    },
    noAnswer: (since) => `No answer for ${since}`,
    oldFigures: (age) => `Figures are ${age} old`,
    lastFigures: (time) => `The figures are of ${time}, the last that the server gave.`,
    neverAnswered: "The server has not answered yet; the page keeps trying.",
    connected: (count) => (count === 1 ? "client connected" : "clients connected"),
    atMost: (most) => `of at most ${most}`,
    rate: "Requests a second",
    p99: "Reply time, p99",
    lastMinutes: "Last 10 minutes",
    charts: {count: "Clients connected", rate: "Requests a second", p99: "Reply time, p99"},
    range: (least, most) => `from ${least} to ${most} in the last 10 minutes`,
    nothingYet: "nothing yet",
    of: (part, all) => `${part} of ${all}`,
    unanswered: "Unanswered requests",
    busyWorkers: "Busy workers",
    hungWorkers: "Hung calls",
    watchers: "Watchers",
    runningFor: "Up for",
    drift: "Drift of the count",
    whoIsHere: "Who is here",
    search: "Search",
    searchHint: "name, address or session",
    found: (found, all) => `${found} of ${all}`,
    rosterAge: (age) => `requests and idle of ${age} ago`,
    columns: {
      name: "Name",
      address: "Address",
      since: "Since",
      requests: "Requests",
      idle: "Idle",
      session: "Session",
    },
    unnamed: "(no name)",
    nobody: "Nobody is connected.",
    nothingFound: "Nothing found.",
    loading: "Loading…",
    latest: "Joins and leaves",
    noChanges: "Nobody has joined or left yet.",
    joined: "joined",
    left: "left",
    reasons: {
      goodbye: "said goodbye",
      disconnected: "disconnected",
      timed_out: "timed out",
      evicted: "removed",
      drained: "let go",
    },
    sinceStart: "Since it started",
    traffic: "Requests",
    requests: "accepted",
    replies: "answered",
    undeliverable: "undeliverable",
    dropped: "dropped",
    joins: "Joins",
    all: "all",
    resumes: "back to a session",
    leaves: "Leaves",
    refused: "Refusals",
    errors: "Errors sent",
    languageLabel: "Language",
    themeLabel: "Appearance",
    themeAuto: "System",
    themeLight: "Light",
    themeDark: "Dark",
  },
};

const key = "rollcall.language";

/// The language that was chosen here, else the first of the reader's own that the page speaks, else Portuguese.
export function preferredLanguage() {
  let chosen = null;
  try {
    chosen = localStorage.getItem(key);
  } catch {
    // forbidden here: then it is not remembered
  }
  const wanted = [chosen, ...(navigator.languages ?? [])].map((each) => each?.slice(0, 2).toLowerCase());
  return wanted.find((each) => each && Object.hasOwn(texts, each)) ?? "pt";
}

export function rememberLanguage(language) {
  try {
    localStorage.setItem(key, language);
  } catch {
    // as above
  }
}

/// Fills in what the page's file leaves open: data-text names a text, data-label the label of a thing without one.
export function translate(root, words) {
  const find = (path) => path.split(".").reduce((text, part) => text[part], words);
  document.documentElement.lang = words.locale;
  for (const each of root.querySelectorAll("[data-text]")) each.textContent = find(each.dataset.text);
  for (const each of root.querySelectorAll("[data-label]")) each.setAttribute("aria-label", find(each.dataset.label));
  for (const each of root.querySelectorAll("[data-hint]")) each.setAttribute("placeholder", find(each.dataset.hint));
}
