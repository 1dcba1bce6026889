// Package web shows what the collector knows: a start page with every site, a
// page per site, a JSON API, /metrics and /healthz.
//
// Pages are plain HTML that works without JavaScript, in Swedish and English,
// with nothing from outside this program (the Content-Security-Policy says so),
// and built to meet WCAG 2.1 AA; /accessibility says what of that was checked. What is shown has an age; what is not known says so.
//
// It refuses to change anything: every route but the read-only ones is refused,
// and there is no listener unless one is configured.
package web
