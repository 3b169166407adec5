// What pages have in common: text in them, and a page that runs nothing and asks nothing of any network.

const ENTITIES: { readonly [mark: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export const inHtml = (text: string): string => text.replace(/[&<>"']/g, (mark) => ENTITIES[mark]!)

/** `title` is text, `body` HTML. */
export const htmlPage = (title: string, style: string, body: string): string => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${inHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`

/** Across each page that is printed. */
export const REHEARSAL_STYLE =
  '.mark{position:fixed;top:40%;left:10%;font:80px sans-serif;color:#0002;transform:rotate(-30deg)}'
export const REHEARSAL_MARK = '<div class="mark">REHEARSAL</div>\n'
