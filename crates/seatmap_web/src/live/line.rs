//! The socket itself: opening, listening, mending.

use super::{LineState, LiveCallbacks, LiveConfig, LiveUpdate, SILENCE_MS, wait_ms};
use crate::dom::{self, Listener};
use js_sys::{ArrayBuffer, Uint8Array};
use protocol::{
    live::{ClientMessage, Refusal, ServerMessage},
    merge::{Outcome, View},
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BinaryType, Event, EventTarget, MessageEvent, VisibilityState, WebSocket};

/// How often the line is looked at.
const LOOK_MS: i32 = 3_000;
/// A page hidden for longer lets the line go.
const HIDDEN_MS: f64 = 60_000.0;

/// A live line. Clones are the same line; [`destroy`](Self::destroy) ends it.
#[derive(Clone)]
pub struct LiveSocket(Rc<Line>);

/// A browser timer's id and what it calls.
type Timer = Option<(i32, Closure<dyn FnMut()>)>;

struct Line {
    config: LiveConfig,
    callbacks: LiveCallbacks,
    view: RefCell<View>,
    sections: RefCell<Option<Vec<u16>>>,
    socket: RefCell<Option<Open>>,
    state: Cell<Option<LineState>>,
    failures: Cell<u32>,
    /// When the next attempt is due; `None` while a socket is open or opening.
    next_ms: Cell<Option<f64>>,
    heard_ms: Cell<f64>,
    hidden_ms: Cell<Option<f64>>,
    /// A snapshot was asked for and is not here.
    asked: Cell<bool>,
    refused: Cell<bool>,
    listeners: RefCell<Vec<Listener>>,
    timer: RefCell<Timer>,
    retry: RefCell<Timer>,
}

/// A socket with its listeners; dropping it closes without further calls.
struct Open {
    socket: WebSocket,
    _listeners: Vec<Listener>,
}

impl Drop for Open {
    fn drop(&mut self) {
        // A socket that is closed already is what is wanted.
        let _ = self.socket.close();
    }
}

impl LiveSocket {
    /// Opens the line and keeps it open.
    pub fn open(config: LiveConfig, callbacks: LiveCallbacks) -> Result<Self, JsValue> {
        let view = RefCell::new(View::new(config.event));
        let line = Rc::new(Line {
            config,
            callbacks,
            view,
            sections: RefCell::new(None),
            socket: RefCell::new(None),
            state: Cell::new(None),
            failures: Cell::new(0),
            next_ms: Cell::new(None),
            heard_ms: Cell::new(dom::now_ms()),
            hidden_ms: Cell::new(None),
            asked: Cell::new(false),
            refused: Cell::new(false),
            listeners: RefCell::new(Vec::new()),
            timer: RefCell::new(None),
            retry: RefCell::new(None),
        });
        let window = dom::window()?;
        let document = dom::document()?;
        let on = |target: &EventTarget, name: &'static str| -> Result<(), JsValue> {
            let weak = Rc::downgrade(&line);
            let listener = Listener::new(target, name, move |event| {
                if let Some(line) = weak.upgrade() {
                    line.surroundings(&event);
                }
            })?;
            line.listeners.borrow_mut().push(listener);
            Ok(())
        };
        on(document.as_ref(), "visibilitychange")?;
        for name in ["online", "offline", "pageshow"] {
            on(window.as_ref(), name)?;
        }
        let weak = Rc::downgrade(&line);
        let look = Closure::wrap(Box::new(move || {
            if let Some(line) = weak.upgrade() {
                line.look();
            }
        }) as Box<dyn FnMut()>);
        let id = window
            .set_interval_with_callback_and_timeout_and_arguments_0(look.as_ref().unchecked_ref(), LOOK_MS)?;
        *line.timer.borrow_mut() = Some((id, look));
        line.connect();
        Ok(Self(line))
    }

    /// The sections whose seats are wanted; `None` is all. For the others the server sends counts.
    pub fn follow(&self, sections: Option<Vec<u16>>) {
        if *self.0.sections.borrow() == sections {
            return;
        }
        *self.0.sections.borrow_mut() = sections;
        // What the other sections did meanwhile is in no delta: begin with a snapshot.
        self.0.subscribe(true);
    }

    /// How the line stands.
    pub fn state(&self) -> LineState {
        self.0.state.get().unwrap_or(LineState::Connecting)
    }

    /// Reads what is known.
    pub fn with_view<T>(&self, read: impl FnOnce(&View) -> T) -> Option<T> {
        self.0.view.try_borrow().ok().map(|view| read(&view))
    }

    /// Ends the line.
    pub fn destroy(&self) {
        let line = &self.0;
        line.refused.set(true);
        line.listeners.borrow_mut().clear();
        line.socket.borrow_mut().take();
        if let Ok(window) = dom::window() {
            if let Some((id, _)) = line.timer.borrow_mut().take() {
                window.clear_interval_with_handle(id);
            }
            if let Some((id, _)) = line.retry.borrow_mut().take() {
                window.clear_timeout_with_handle(id);
            }
        }
    }
}

impl Line {
    fn set_state(&self, state: LineState) {
        if self.state.replace(Some(state)) != Some(state) {
            (self.callbacks.on_line)(state);
        }
    }

    /// `Stale` if there is something to be stale.
    fn down_state(&self) -> LineState {
        let offline = dom::window().is_ok_and(|window| !window.navigator().on_line());
        let known = self.view.try_borrow().is_ok_and(|view| view.position.is_some());
        match (offline, known) {
            (true, _) => LineState::Offline,
            (false, true) => LineState::Stale,
            (false, false) => LineState::Connecting,
        }
    }

    fn connect(self: &Rc<Self>) {
        self.next_ms.set(None);
        self.socket.borrow_mut().take();
        if self.refused.get() {
            return;
        }
        self.set_state(self.down_state());
        if self.open_socket().is_err() {
            self.lost();
        }
    }

    fn open_socket(self: &Rc<Self>) -> Result<(), JsValue> {
        let socket = WebSocket::new(&self.address()?)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        self.heard_ms.set(dom::now_ms());
        let mut listeners = Vec::new();
        for name in ["open", "message", "close", "error"] {
            let (weak, own) = (Rc::downgrade(self), socket.clone());
            listeners.push(Listener::new(socket.as_ref(), name, move |event| {
                if let Some(line) = weak.upgrade() {
                    line.on_socket(&own, &event);
                }
            })?);
        }
        *self.socket.borrow_mut() = Some(Open { socket, _listeners: listeners });
        Ok(())
    }

    fn address(&self) -> Result<String, JsValue> {
        let address = &self.config.address;
        if address.starts_with("ws:") || address.starts_with("wss:") {
            return Ok(address.clone());
        }
        let location = dom::window()?.location();
        let scheme = if location.protocol()? == "https:" { "wss://" } else { "ws://" };
        Ok([scheme, &location.host()?, address].concat())
    }

    fn on_socket(self: &Rc<Self>, socket: &WebSocket, event: &Event) {
        let current = self.socket.borrow().as_ref().is_some_and(|open| open.socket == *socket);
        if !current {
            return;
        }
        match event.type_().as_str() {
            "open" => {
                self.heard_ms.set(dom::now_ms());
                self.subscribe(false);
            }
            "message" => self.message(event.unchecked_ref::<MessageEvent>()),
            _ => self.lost_later(),
        }
    }

    /// A closing socket is inside its own listener: it is dropped by the retry, not here.
    fn lost_later(self: &Rc<Self>) {
        if self.next_ms.get().is_none() {
            self.lost();
        }
    }

    fn subscribe(&self, anew: bool) {
        let since = self.view.borrow().position.filter(|_| !anew);
        self.asked.set(since.is_none());
        let sections = self.sections.borrow().clone();
        self.send(&ClientMessage::Subscribe { event: self.config.event, since, sections });
    }

    fn send(&self, message: &ClientMessage) {
        if let (Some(open), Ok(frame)) = (self.socket.borrow().as_ref(), message.encode())
            && open.socket.ready_state() == WebSocket::OPEN
        {
            // A line that breaks while sending tells so by its close.
            let _ = open.socket.send_with_u8_array(&frame);
        }
    }

    fn message(self: &Rc<Self>, event: &MessageEvent) {
        self.heard_ms.set(dom::now_ms());
        let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() else { return };
        let Ok(message) = ServerMessage::decode(&Uint8Array::new(&buffer).to_vec()) else { return };
        if let ServerMessage::Refused { reason, .. } = message {
            if reason == Refusal::Unavailable {
                self.lost_later();
            } else {
                self.refused.set(true);
            }
            (self.callbacks.on_refused)(reason);
            return;
        }
        let Ok(outcome) = self.view.try_borrow_mut().map(|mut view| view.apply(&message)) else { return };
        match outcome {
            Outcome::NeedSnapshot if self.asked.get() => {}
            Outcome::NeedSnapshot => self.subscribe(true),
            Outcome::Applied | Outcome::Ignored => {
                if self.view.borrow().position.is_some() && self.next_ms.get().is_none() {
                    self.failures.set(0);
                    self.set_state(LineState::Live);
                }
                if outcome == Outcome::Applied {
                    self.tell(&message);
                }
            }
        }
    }

    fn tell(&self, message: &ServerMessage) {
        match message {
            ServerMessage::Snapshot(_) => {
                self.asked.set(false);
                (self.callbacks.on_update)(LiveUpdate::Snapshot(&self.view.borrow()));
            }
            ServerMessage::Delta(delta) => {
                (self.callbacks.on_update)(LiveUpdate::Changes {
                    seats: &delta.changes,
                    areas: &delta.areas,
                });
            }
            ServerMessage::Counters(counters) => {
                (self.callbacks.on_update)(LiveUpdate::Counters(&counters.available));
            }
            _ => {}
        }
    }

    /// The line broke: try again after a while, unless nobody looks.
    fn lost(self: &Rc<Self>) {
        if self.refused.get() {
            return;
        }
        self.set_state(self.down_state());
        let wait = wait_ms(self.failures.get(), js_sys::Math::random());
        self.failures.set(self.failures.get().saturating_add(1));
        self.retry_in(wait);
    }

    fn retry_in(self: &Rc<Self>, wait_ms: f64) {
        self.next_ms.set(Some(dom::now_ms() + wait_ms));
        let Ok(window) = dom::window() else { return };
        if let Some((id, _)) = self.retry.borrow_mut().take() {
            window.clear_timeout_with_handle(id);
        }
        let weak = Rc::downgrade(self);
        let again = Closure::wrap(Box::new(move || {
            if let Some(line) = weak.upgrade().filter(|line| line.next_ms.get().is_some()) {
                // A hidden page waits until it is looked at.
                if line.hidden_ms.get().is_none() {
                    line.connect();
                }
            }
        }) as Box<dyn FnMut()>);
        let wait = dom::whole(dom::narrow(wait_ms));
        let timeout = window
            .set_timeout_with_callback_and_timeout_and_arguments_0(again.as_ref().unchecked_ref(), wait);
        if let Ok(id) = timeout {
            // The earlier closure may be the one that runs now; it was taken out above and ends with this call.
            *self.retry.borrow_mut() = Some((id, again));
        }
    }

    /// Every few seconds: a silent line is asked, then given up; a hidden page lets go.
    fn look(self: &Rc<Self>) {
        let now_ms = dom::now_ms();
        if self.hidden_ms.get().is_some_and(|since_ms| now_ms - since_ms > HIDDEN_MS) {
            if self.socket.borrow_mut().take().is_some() {
                self.next_ms.set(Some(now_ms));
                self.set_state(self.down_state());
            }
            return;
        }
        if self.next_ms.get().is_some() {
            // A timer that slept with the machine.
            if self.hidden_ms.get().is_none() && self.next_ms.get().is_some_and(|due| due + 1_000.0 < now_ms)
            {
                self.connect();
            }
            return;
        }
        let silent_ms = now_ms - self.heard_ms.get();
        if silent_ms > 2.0 * SILENCE_MS {
            self.socket.borrow_mut().take();
            self.lost();
        } else if silent_ms > SILENCE_MS {
            self.set_state(self.down_state());
            self.send(&ClientMessage::Ping { client_ms: 0 });
        }
    }

    /// The page was hidden or shown, the network went or came.
    fn surroundings(self: &Rc<Self>, event: &Event) {
        if event.type_() == "offline" {
            self.set_state(LineState::Offline);
            return;
        }
        let hidden = dom::document().is_ok_and(|d| d.visibility_state() == VisibilityState::Hidden);
        if hidden {
            self.hidden_ms.set(self.hidden_ms.get().or(Some(dom::now_ms())));
            return;
        }
        self.hidden_ms.set(None);
        let silent = dom::now_ms() - self.heard_ms.get() > SILENCE_MS;
        if self.next_ms.get().is_some() || silent || event.type_() == "online" {
            self.failures.set(0);
            self.connect();
        }
    }
}
