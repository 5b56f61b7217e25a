//! `wb`: the wasm-bindgen command line, at the version the workspace lock file pins.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(std::env::args_os())
}
