//! Tells cargo to embed the browser files again when they were built anew.

fn main() {
    println!("cargo:rerun-if-changed=tracker-js/dist");
    println!("cargo:rerun-if-changed=console/dist");
    println!("cargo:rerun-if-changed=demo");
    println!("cargo:rerun-if-changed=rules");
}
