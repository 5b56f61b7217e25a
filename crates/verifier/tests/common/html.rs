//! What a test reads out of a page.

/// The first form of a page: its action and its inputs.
pub fn form(html: &str) -> Option<(String, Vec<(String, String)>)> {
    let start = html.find("<form")?;
    let body = &html[start..html[start..].find("</form>")? + start];
    let action = attribute(body, "action=\"")?;
    let mut fields = Vec::new();
    for input in body.split("<input").skip(1) {
        let input = &input[..input.find('>')?];
        let Some(name) = attribute(input, "name=\"") else {
            continue;
        };
        let unchecked = input.contains("type=\"radio\"") && !input.contains(" checked");
        if !unchecked {
            fields.push((name, attribute(input, "value=\"").unwrap_or_default()));
        }
    }
    Some((action, fields))
}

pub(super) fn attribute(html: &str, start: &str) -> Option<String> {
    let at = html.find(start)? + start.len();
    let value = &html[at..at + html[at..].find('"')?];
    Some(
        value
            .replace("&#34;", "\"")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&#x27;", "'")
            .replace("&lt;", "<")
            .replace("&#60;", "<")
            .replace("&gt;", ">")
            .replace("&#62;", ">")
            .replace("&#38;", "&")
            .replace("&amp;", "&"),
    )
}

pub(super) fn strip(html: &str) -> String {
    html.split('<')
        .filter_map(|part| part.split_once('>'))
        .map(|(_, text)| text.trim())
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" | ")
}
