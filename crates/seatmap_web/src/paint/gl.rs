//! Seats with WebGL2: static buffers once, one byte a seat when it changes, one call a range of seats in view.

use super::{Moment, shaders};
use crate::{
    dom,
    theme::{self, Rgb, Theme},
};
use seatmap::{
    display::DisplayList,
    points::{KIND_BYTES, LABELS_MAX, PLACE_FLOATS, Points},
    space::ScreenPoint,
};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    HtmlCanvasElement, WebGl2RenderingContext as Gl, WebGlBuffer, WebGlContextAttributes, WebGlProgram,
    WebGlUniformLocation,
};

const ATLAS_COLUMNS: u16 = 16;
const ATLAS_LINES: u16 = 50;
const CELL: (u16, u16) = (64, 40);

/// The painter with all that lives on the graphics side.
pub(crate) struct GlSeats {
    gl: Gl,
    program: WebGlProgram,
    marks: WebGlBuffer,
    uniforms: Uniforms,
    seats: u32,
}

struct Uniforms {
    view: Option<WebGlUniformLocation>,
    size: Option<WebGlUniformLocation>,
    show: Option<WebGlUniformLocation>,
    alpha: Option<WebGlUniformLocation>,
}

fn failed(what: &str) -> JsValue {
    JsValue::from_str(what)
}

impl GlSeats {
    /// Sets everything up; an error means: draw flat.
    pub fn new(
        canvas: &HtmlCanvasElement,
        points: &Points,
        marks: &[u8],
        theme: &Theme,
    ) -> Result<Self, JsValue> {
        let attributes = WebGlContextAttributes::new();
        attributes.set_antialias(false);
        attributes.set_depth(false);
        attributes.set_premultiplied_alpha(true);
        let gl = canvas.get_context_with_context_options("webgl2", &attributes)?;
        let gl: Gl = gl.ok_or_else(|| failed("no webgl2"))?.unchecked_into();
        if gl.is_context_lost() {
            return Err(failed("context lost"));
        }
        let program = program(&gl)?;
        gl.use_program(Some(&program));
        let vertices = gl.create_vertex_array().ok_or_else(|| failed("no vertex array"))?;
        gl.bind_vertex_array(Some(&vertices));
        let places = js_sys::Float32Array::from(points.places.as_slice());
        static_buffer(&gl, &places)?;
        let floats = i32::try_from(PLACE_FLOATS).unwrap_or(3);
        gl.vertex_attrib_pointer_with_i32(0, floats, Gl::FLOAT, false, 0, 0);
        static_buffer(&gl, &js_sys::Uint8Array::from(points.kinds.as_slice()))?;
        let bytes = i32::try_from(KIND_BYTES).unwrap_or(4);
        gl.vertex_attrib_i_pointer_with_i32(1, bytes, Gl::UNSIGNED_BYTE, 0, 0);
        let mut bytes = marks.to_vec();
        bytes.resize(points.len(), 0);
        let marks = gl.create_buffer().ok_or_else(|| failed("no buffer"))?;
        gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&marks));
        gl.buffer_data_with_u8_array(Gl::ARRAY_BUFFER, &bytes, Gl::DYNAMIC_DRAW);
        gl.vertex_attrib_i_pointer_with_i32(2, 1, Gl::UNSIGNED_BYTE, 0, 0);
        for attribute in 0..3 {
            gl.enable_vertex_attrib_array(attribute);
        }
        gl.enable(Gl::BLEND);
        gl.blend_func(Gl::ONE, Gl::ONE_MINUS_SRC_ALPHA);
        atlas(&gl, &points.labels, &theme.font)?;
        let at = |name: &str| gl.get_uniform_location(&program, name);
        let uniforms =
            Uniforms { view: at("u_view"), size: at("u_size"), show: at("u_show"), alpha: at("u_alpha") };
        let painter = Self { gl, program, marks, uniforms, seats: points.seats };
        painter.set_theme(theme);
        Ok(painter)
    }

    /// Colours.
    pub fn set_theme(&self, theme: &Theme) {
        let set = |name: &str, color: Rgb| {
            let [red, green, blue] = theme::floats(color);
            self.gl.uniform3f(self.gl.get_uniform_location(&self.program, name).as_ref(), red, green, blue);
        };
        set("u_paper", theme.paper);
        set("u_muted", theme.muted);
        set("u_line", theme.line);
        set("u_accent", theme.accent);
        set("u_accent_ink", theme.accent_ink);
        set("u_ink", theme.ink);
        for (name, colors) in [("u_zone", &theme.zones), ("u_on", &theme.on_zones)] {
            let flat: Vec<f32> = colors.iter().flat_map(|color| theme::floats(*color)).collect();
            let at = self.gl.get_uniform_location(&self.program, name);
            self.gl.uniform3fv_with_f32_array(at.as_ref(), &flat);
        }
    }

    /// Sends changed bytes.
    pub fn upload(&self, marks: &[u8], ranges: &[(u32, u32)]) {
        self.gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&self.marks));
        for &(first, end) in ranges {
            if let (Some(bytes), Ok(offset)) = (marks.get(first as usize..end as usize), i32::try_from(first))
            {
                self.gl.buffer_sub_data_with_i32_and_u8_array(Gl::ARRAY_BUFFER, offset, bytes);
            }
        }
    }

    /// Draws seats and row letters of a display list that reaches `edge` device pixels beyond the canvas on every side:
    /// WebGL drops a point whose middle is outside what is drawn, though half of it should be seen.
    pub fn draw(&self, list: &DisplayList, moment: Moment, edge: i32) {
        let gl = &self.gl;
        let device = |css: f32| dom::whole(css * moment.dpr);
        let (width, height) = (device(list.viewport.width), device(list.viewport.height));
        gl.viewport(-edge, -edge, width, height);
        gl.clear_color(0.0, 0.0, 0.0, 0.0);
        gl.clear(Gl::COLOR_BUFFER_BIT);
        if list.seats.is_empty() {
            return;
        }
        let pixels = |n: i32| f32::from(i16::try_from(n).unwrap_or(i16::MAX));
        let ScreenPoint { x, y } = list.camera.screen_from_plan(Default::default(), &list.viewport);
        let dpr = moment.dpr;
        gl.uniform4f(self.uniforms.view.as_ref(), list.camera.scale * dpr, x * dpr, y * dpr, dpr);
        gl.uniform2f(self.uniforms.size.as_ref(), pixels(width), pixels(height));
        let detail = list.detail;
        gl.uniform3f(self.uniforms.show.as_ref(), detail.rows, detail.labels, moment.pulse);
        gl.uniform1f(self.uniforms.alpha.as_ref(), detail.seats);
        let letters = list.rows.iter().map(|(first, count)| (self.seats + first * 2, count * 2));
        for (first, count) in list.seats.iter().copied().chain(letters) {
            if let (Ok(first), Ok(count)) = (i32::try_from(first), i32::try_from(count)) {
                gl.draw_arrays(Gl::POINTS, first, count);
            }
        }
    }
}

fn static_buffer(gl: &Gl, data: &js_sys::Object) -> Result<(), JsValue> {
    let buffer = gl.create_buffer().ok_or_else(|| failed("no buffer"))?;
    gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&buffer));
    gl.buffer_data_with_array_buffer_view(Gl::ARRAY_BUFFER, data, Gl::STATIC_DRAW);
    Ok(())
}

fn program(gl: &Gl) -> Result<WebGlProgram, JsValue> {
    let program = gl.create_program().ok_or_else(|| failed("no program"))?;
    for (kind, source) in [(Gl::VERTEX_SHADER, shaders::VERTEX), (Gl::FRAGMENT_SHADER, shaders::FRAGMENT)] {
        let shader = gl.create_shader(kind).ok_or_else(|| failed("no shader"))?;
        gl.shader_source(&shader, source);
        gl.compile_shader(&shader);
        gl.attach_shader(&program, &shader);
    }
    gl.link_program(&program);
    if gl.get_program_parameter(&program, Gl::LINK_STATUS).is_truthy() {
        Ok(program)
    } else {
        Err(failed(&gl.get_program_info_log(&program).unwrap_or_default()))
    }
}

/// The tick of the buyer's own seats and the wheelchair, in the last two cells.
fn signs(context: &web_sys::CanvasRenderingContext2d) -> Result<(), JsValue> {
    let first = LABELS_MAX + 1;
    let place = |number: usize| {
        let number = u16::try_from(number).unwrap_or(0);
        let x = (number % ATLAS_COLUMNS) * CELL.0 + CELL.0 / 2;
        let y = (number / ATLAS_COLUMNS) * CELL.1 + CELL.1 / 2;
        (f64::from(x), f64::from(y))
    };
    context.set_stroke_style_str("#fff");
    context.set_line_cap("round");
    context.set_line_join("round");
    let stroke = |(x, y): (f64, f64), width: f64, points: &[(f64, f64)]| {
        context.begin_path();
        context.set_line_width(width);
        for (dx, dy) in points {
            context.line_to(x + dx, y + dy);
        }
        context.stroke();
    };
    stroke(place(first), 6.6, &[(-12.0, 0.6), (-3.5, 9.8), (12.8, -9.8)]);
    let (x, y) = place(first + 1);
    stroke((x, y), 3.8, &[(-2.6, -9.0), (-1.5, 1.0), (6.6, 1.0), (10.8, 11.8)]);
    context.begin_path();
    context.arc(x - 2.6, y - 14.8, 3.4, 0.0, std::f64::consts::TAU)?;
    context.fill();
    context.begin_path();
    context.set_line_width(3.3);
    context.arc(x - 1.5, y + 6.1, 9.2, 0.35, 4.2)?;
    context.stroke();
    Ok(())
}

/// Every label once, white on nothing, as one texture: numbers in seats then cost no call.
fn atlas(gl: &Gl, labels: &[String], font: &str) -> Result<(), JsValue> {
    let canvas: HtmlCanvasElement = dom::document()?.create_element("canvas")?.unchecked_into();
    canvas.set_width(u32::from(ATLAS_COLUMNS * CELL.0));
    canvas.set_height(u32::from(ATLAS_LINES * CELL.1));
    let context = dom::context(&canvas)?;
    context.set_font(&["600 30px ", font].concat());
    context.set_text_align("center");
    context.set_text_baseline("middle");
    context.set_fill_style_str("#fff");
    for (number, label) in (0_u16..ATLAS_COLUMNS * ATLAS_LINES).zip(labels).skip(1) {
        let x = f64::from((number % ATLAS_COLUMNS) * CELL.0 + CELL.0 / 2);
        let y = f64::from((number / ATLAS_COLUMNS) * CELL.1 + CELL.1 / 2 + 2);
        context.fill_text_with_max_width(label, x, y, f64::from(CELL.0 - 8))?;
    }
    signs(&context)?;
    let texture = gl.create_texture().ok_or_else(|| failed("no texture"))?;
    gl.bind_texture(Gl::TEXTURE_2D, Some(&texture));
    let format = i32::try_from(Gl::RGBA).unwrap_or_default();
    gl.tex_image_2d_with_u32_and_u32_and_html_canvas_element(
        Gl::TEXTURE_2D,
        0,
        format,
        Gl::RGBA,
        Gl::UNSIGNED_BYTE,
        &canvas,
    )?;
    gl.generate_mipmap(Gl::TEXTURE_2D);
    let filter = i32::try_from(Gl::LINEAR_MIPMAP_NEAREST).unwrap_or_default();
    gl.tex_parameteri(Gl::TEXTURE_2D, Gl::TEXTURE_MIN_FILTER, filter);
    Ok(())
}
