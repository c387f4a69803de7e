// A person at their browser, as far as a script needs one: keeps cookies, follows redirects, fills in forms.

const MOST_REDIRECTS = 20

export class Person {
  #cookies = new Map()

  /**
   * Opens an address and goes where it leads: a page, or the first address that begins with `stopAt`, unopened, with what
   * would have been posted there.
   */
  async open(url, { stopAt, method = 'GET', body, origin } = {}) {
    for (let hop = 0; hop < MOST_REDIRECTS; hop++) {
      const address = new URL(url)
      if (stopAt && address.href.startsWith(stopAt)) return { url: address, body }
      const headers = { accept: 'text/html', cookie: this.#cookiesFor(address) }
      if (origin) headers.origin = origin
      const response = await fetch(address, { method, body, headers, redirect: 'manual' })
      this.#keep(address, response.headers.getSetCookie())
      const location = response.headers.get('location')
      if (!location) {
        const html = await response.text()
        if (!response.ok) throw new Error(`${method} ${address.pathname} answered ${response.status}:\n${html}`)
        return { url: address, html }
      }
      url = new URL(location, address)
      method = 'GET'
      body = origin = undefined
    }
    throw new Error(`more than ${MOST_REDIRECTS} redirects, the last to ${url}`)
  }

  /** Follows the first link whose path ends so. */
  follow(page, ending, options) {
    const links = tags(page.html, 'a').map((link) => new URL(link.href ?? '', page.url))
    const link = links.find((target) => target.pathname.endsWith(ending))
    if (!link) throw new Error(`no link to …${ending} on ${page.url.pathname}`)
    return this.open(link, options)
  }

  /** Fills in the form that holds the button of this id, by the ids of its fields, and submits it. */
  submit(page, buttonId, values, options) {
    const form = page.html.match(/<form\b[^]*?<\/form>/g)?.find((form) => form.includes(`id="${buttonId}"`))
    if (!form) throw new Error(`no form with the button ${buttonId} on ${page.url.pathname}`)
    const body = new URLSearchParams()
    for (const field of tags(form, 'input')) {
      if (field.type !== 'checkbox' && field.name) body.append(field.name, values[field.id] ?? field.value ?? '')
    }
    const button = tags(form, 'button').find((it) => it.id === buttonId)
    if (button.name) body.append(button.name, button.value)
    const [{ action }] = tags(form, 'form')
    return this.open(new URL(action || page.url, page.url), { ...options, method: 'POST', body, origin: page.url.origin })
  }

  // Cookies do not know ports: two sites on one address share them, as in a browser.
  #cookiesFor({ hostname, pathname }) {
    const sent = [...this.#cookies.values()].filter((it) => it.hostname === hostname && pathname.startsWith(it.path))
    return sent.map((it) => it.pair).join('; ')
  }

  #keep({ hostname }, lines) {
    for (const line of lines) {
      const [pair, ...attributes] = line.split(/;\s*/)
      const attribute = (name) => attributes.find((it) => it.toLowerCase().startsWith(name))?.slice(name.length)
      const path = attribute('path=') || '/'
      const key = `${hostname}${path} ${pair.slice(0, pair.indexOf('='))}`
      const isOver = attribute('max-age=') <= 0 || Date.parse(attribute('expires=')) < Date.now()
      if (isOver) this.#cookies.delete(key)
      else this.#cookies.set(key, { hostname, path, pair })
    }
  }
}

/** The attributes of every tag of a name. */
function tags(html, name) {
  return [...html.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'g'))].map(([, inside]) =>
    Object.fromEntries(
      [...inside.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, attribute, value]) => [attribute, text(value ?? '')])
    )
  )
}

/** Text as HTML writes it → text. */
function text(html) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return html.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name) return named[name] ?? whole
    return String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal))
  })
}
