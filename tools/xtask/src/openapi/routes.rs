//! The routes that components really have, read from their source.
//!
//! Components are WebAssembly and cannot be linked into a test together.

use std::collections::BTreeSet;
use std::path::Path;

use syn::{Expr, ExprCall, ImplItem, Item, Lit};

/// Routes that no trigger reaches: see decision 8.
const PRIVATE: [&str; 2] = ["SETTLEMENTS_PATH", "CONNECTOR_PATH"];

/// Every public route, as `get /v1/path/{parameter}`.
pub(super) fn public(root: &Path) -> BTreeSet<String> {
    by_component(root).into_iter().map(|(_, route)| route).collect()
}

/// Every public route with its component's name.
pub(super) fn by_component(root: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(root.join("components")).unwrap() {
        let folder = folder.unwrap();
        let name = folder.file_name().to_string_lossy().into_owned();
        let source = std::fs::read_to_string(folder.path().join("src/lib.rs")).unwrap();
        let file = syn::parse_file(&source).unwrap();
        let routes = file.items.iter().flat_map(|item| of_item(item, &file.items));
        found.extend(routes.map(|route| (name.clone(), route)));
    }
    found
}

fn of_item(item: &Item, items: &[Item]) -> Vec<String> {
    let Item::Impl(block) = item else { return Vec::new() };
    let tables = block.items.iter().filter_map(|item| match item {
        ImplItem::Const(table) if table.ident == "ROUTES" => Some(&table.expr),
        _ => None,
    });
    tables.flat_map(|table| of_table(table, items)).collect()
}

fn of_table(table: &Expr, items: &[Item]) -> Vec<String> {
    let Expr::Reference(reference) = table else { panic!("ROUTES is no list") };
    let Expr::Array(list) = &*reference.expr else { panic!("ROUTES is no list") };
    list.elems
        .iter()
        .filter_map(|route| match route {
            Expr::Call(call) => of_call(call, items),
            _ => panic!("a route is made by Route::new"),
        })
        .collect()
}

/// `Route::new(Method::GET, "/path", endpoint)`; none if it is private.
fn of_call(call: &ExprCall, items: &[Item]) -> Option<String> {
    let mut arguments = call.args.iter();
    let (Some(Expr::Path(method)), Some(path)) = (arguments.next(), arguments.next()) else {
        panic!("a route has a method and a path")
    };
    let method = method.path.segments.last().unwrap().ident.to_string().to_lowercase();
    let path = match path {
        Expr::Path(name) => {
            let name = name.path.segments.last().unwrap().ident.to_string();
            if PRIVATE.contains(&name.as_str()) {
                return None;
            }
            text_of(constant(&name, items))
        }
        literal => text_of(literal),
    };
    let parameters = path.split('/').map(in_braces).collect::<Vec<_>>().join("/");
    Some(format!("{method} {parameters}"))
}

/// The value of a constant of the same file.
fn constant<'f>(name: &str, items: &'f [Item]) -> &'f Expr {
    let found = items.iter().find_map(|item| match item {
        Item::Const(known) if known.ident == name => Some(&*known.expr),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{name} is no constant of the file"))
}

fn text_of(value: &Expr) -> String {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => text.value(),
            _ => panic!("a path is text"),
        },
        _ => panic!("a path is text"),
    }
}

fn in_braces(segment: &str) -> String {
    segment.strip_prefix(':').map_or_else(|| segment.to_owned(), |name| format!("{{{name}}}"))
}
