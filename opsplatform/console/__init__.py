"""The console's shell: admin site, register base classes, work pages, navigation. The only importer of unfold.

- `pages.ConsolePage`: base of every page of work. Subclasses set `action` (a policy action, or `SIGNED_IN`), `title`,
  `template_name` (extends "console/page.html", fills block `page`, and at will `page_tools`, `page_intro`,
  `page_head`), at will `nav` (URL name of the sidebar entry to mark) and override `context()`, `breadcrumbs()`,
  `tabs()`, `post()`. GET renders `page()`; a POST calls a service and answers `done("已保存。", "url-name", …)`; a
  DomainError becomes 404, 403, or the same page with `console/problems.html` and its status. Routes are ordinary
  `path("…", Page.as_view(), name=…)`. Do not use the context key `theme` (Unfold's): say `object`.
- `navigation.register(NavItem(group, title, icon, url_name, action, order))`, called in `apps.ready()`.
- `registers.ScopedModelAdmin`: base of every register; `site.site` is the admin site to register it on.
- `paging.list_page`: one page of an ordered queryset, by key; `console/pager.html` shows where one stands in it.
- `acts.Act`: a button for what a person may do with a thing now, or the reason why not.
- `entry.detour`: who gets past the door at all.
- Partials in templates/console/: badge, facts, empty, confirm, diff, pager, field, form, problems. CSS classes `op-*`
  in static/console/console.css.

Accounts' start-up check refuses pages, registers and sidebar entries whose action has no policy row.
"""
