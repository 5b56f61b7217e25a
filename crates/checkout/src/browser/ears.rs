//! Listeners and watches that end together when they are dropped.

use alloc::vec::Vec;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{EventTarget, Window};

/// Everything one payment listens to.
#[derive(Default)]
pub(crate) struct Ears {
    listeners: Vec<Listener>,
    watch: Option<Watch>,
}

struct Listener {
    target: EventTarget,
    name: &'static str,
    heard: Closure<dyn FnMut(JsValue)>,
}

struct Watch {
    id: i32,
    _look: Closure<dyn FnMut()>,
}

impl Ears {
    /// Listens to one event of one target.
    pub(crate) fn listen(
        &mut self,
        target: EventTarget,
        name: &'static str,
        heard: impl FnMut(JsValue) + 'static,
    ) {
        let heard = Closure::<dyn FnMut(JsValue)>::new(heard);
        let _ = target.add_event_listener_with_callback(name, heard.as_ref().unchecked_ref());
        self.listeners.push(Listener {
            target,
            name,
            heard,
        });
    }

    /// Looks twice a second.
    pub(crate) fn watch(&mut self, look: impl FnMut() + 'static) {
        let look = Closure::<dyn FnMut()>::new(look);
        let function: &Function = look.as_ref().unchecked_ref();
        let id = page().set_interval_with_callback_and_timeout_and_arguments_0(function, 500);
        self.watch = id.ok().map(|id| Watch { id, _look: look });
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let heard = self.heard.as_ref().unchecked_ref();
        let _ = self
            .target
            .remove_event_listener_with_callback(self.name, heard);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        page().clear_interval_with_handle(self.id);
    }
}

/// The page's window. The launcher loads the core in nothing else.
pub(crate) fn page() -> Window {
    js_sys::global().unchecked_into()
}

/// Comes back after so many milliseconds.
pub(crate) async fn sleep(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve: Function, _: Function| {
        let _ =
            page().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    let _ = JsFuture::from(promise).await;
}
