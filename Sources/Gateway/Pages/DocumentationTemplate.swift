/// The documentation page's own HTML, style and script; it draws the OpenAPI description it is given.
enum DocumentationTemplate {
    static let text = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Skiff API</title>
        <style>
        :root { color-scheme: light dark; --line: #8884; --soft: #8881; }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
        h1 { margin-bottom: 0 } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line) }
        details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; }
        summary { cursor: pointer; padding: .5rem .75rem; display: flex; gap: .75rem; align-items: baseline; }
        summary code { font-weight: 600 } .inside { padding: 0 1rem 1rem; }
        .method { font: 600 .8rem ui-monospace, monospace; min-width: 4.2rem; text-align: center; border-radius: 4px;
          padding: .1rem .4rem; color: #fff; background: #2f6f4f; }
        .method.post { background: #2257a8 }
        .lock { margin-left: auto; font-size: .8rem; opacity: .7 }
        table { border-collapse: collapse; width: 100%; margin: .25rem 0 1rem }
        td, th { text-align: left; vertical-align: top; padding: .3rem .6rem; border-top: 1px solid var(--line) }
        pre, input, textarea { font: .85rem/1.45 ui-monospace, monospace; }
        pre { background: var(--soft); padding: .75rem; border-radius: 6px; overflow: auto; max-height: 24rem; white-space: pre-wrap }
        form { display: grid; gap: .5rem; margin-top: 1rem } label { display: grid; gap: .15rem; font-size: .85rem }
        button { justify-self: start; padding: .35rem 1rem } .token { margin: 1rem 0 }
        </style>
        </head>
        <body>
        <header><h1 id="title"></h1><p id="about"></p></header>
        <label class="token">Bearer token, for what needs credentials (kept in this page only)
        <input id="token" type="password" autocomplete="off"></label>
        <main id="operations"></main>
        <script>
        "use strict";
        const description = __DESCRIPTION__;
        const make = (name, text, ...children) => {
          const element = document.createElement(name);
          if (text) element.textContent = text;
          element.append(...children);
          return element;
        };
        const resolve = node => node && node.$ref
          ? node.$ref.slice(2).split("/").reduce((at, key) => at[key], description) : node;
        const typeOf = schema => {
          schema = resolve(schema) || {};
          const type = Array.isArray(schema.type) ? schema.type.join(" or ") : schema.type || "any";
          return schema.enum ? schema.enum.join(" | ") : type === "array" && schema.items
            ? "array of " + typeOf(schema.items) : type + (schema.format ? " (" + schema.format + ")" : "");
        };
        const table = (heads, rows) => make("table", "", make("tr", "", ...heads.map(head => make("th", head))),
          ...rows.map(row => make("tr", "", ...row.map(cell => make("td", "", cell)))));

        function tryOut(path, method, operation, parameters) {
          const form = make("form");
          const inputs = new Map();
          for (const parameter of parameters) {
            const input = make("input");
            input.placeholder = parameter.name;
            if (parameter.required) input.required = true;
            inputs.set(parameter, input);
            form.append(make("label", parameter.name, input));
          }
          let body, type;
          if (operation.requestBody) {
            const content = resolve(operation.requestBody).content;
            type = Object.keys(content)[0];
            body = make("textarea");
            body.rows = 6;
            const example = content[type].example;
            body.value = typeof example === "string" ? example : JSON.stringify(example ?? {}, null, 2);
            form.append(make("label", type, body));
          }
          const output = make("pre");
          output.hidden = true;
          form.append(make("button", "Send"));
          form.addEventListener("submit", async event => {
            event.preventDefault();
            let url = path;
            const query = new URLSearchParams();
            for (const [parameter, input] of inputs) {
              if (parameter.in === "path") url = url.replace("{" + parameter.name + "}", encodeURIComponent(input.value));
              else if (input.value) query.set(parameter.name, input.value);
            }
            if (query.size) url += "?" + query;
            const headers = {};
            if (type) headers["Content-Type"] = type;
            const token = document.getElementById("token").value;
            if (token) headers.Authorization = "Bearer " + token;
            output.hidden = false;
            try {
              const answer = await fetch(url, { method: method.toUpperCase(), headers, body: body && body.value });
              output.textContent = answer.status + " " + answer.statusText + "\n" +
                [...answer.headers].map(header => header.join(": ")).join("\n") + "\n\n" + await answer.text();
            } catch (error) { output.textContent = String(error); }
          });
          return [form, output];
        }

        function draw(path, method, operation, shared) {
          const inside = make("div");
          inside.className = "inside";
          if (operation.description) inside.append(make("p", operation.description));
          const parameters = [...(shared || []), ...(operation.parameters || [])].map(resolve);
          if (parameters.length) inside.append(make("h4", "Parameters"), table(["Name", "In", "Type", ""],
            parameters.map(one => [one.name, one.in, typeOf(one.schema), one.description || ""])));
          inside.append(make("h4", "Answers"), table(["Status", "Type", ""],
            Object.entries(operation.responses).map(([status, answer]) => {
              answer = resolve(answer);
              return [status, Object.keys(answer.content || {}).join(", "), answer.description || ""];
            })));
          inside.append(...tryOut(path, method, operation, parameters));
          const badge = make("span", method.toUpperCase());
          badge.className = "method " + method;
          const summary = make("summary", "", badge, make("code", path), make("span", operation.summary || ""));
          if ((operation.security || description.security || []).length) {
            const lock = make("span", "credentials");
            lock.className = "lock";
            summary.append(lock);
          }
          return make("details", "", summary, inside);
        }

        document.getElementById("title").textContent = description.info.title + " " + description.info.version;
        document.getElementById("about").textContent = description.info.description;
        const groups = new Map((description.tags || []).map(tag => [tag.name, tag]));
        for (const [name, tag] of groups) {
          const section = make("section", "", make("h2", name), make("p", tag.description || ""));
          for (const [path, item] of Object.entries(description.paths))
            for (const method of ["get", "post", "put", "patch", "delete"])
              if (item[method] && (item[method].tags || []).includes(name))
                section.append(draw(path, method, item[method], item.parameters));
          document.getElementById("operations").append(section);
        }
        </script>
        </body>
        </html>
        """#
}
