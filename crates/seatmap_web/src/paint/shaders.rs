//! The seats' shaders: one point a seat, its shape a signed distance, so that it is sharp at every zoom and costs four
//! bytes and three floats.
//!
//! Everything that is the same all over a seat is decided once in the vertex shader; the fragment shader is a few
//! straight lines, since a slow graphics side pays for every branch at every pixel (a software one five times over).

/// Places the point and decides its looks. Marks as in `seatmap::marks`, kinds as in `seatmap::points`.
///
/// `u_view`: device pixels a metre; the offset of the plan's origin from the canvas's upper left in device pixels;
/// device pixels a CSS pixel. `u_size`: the canvas in device pixels. `u_show`: row letters, labels, pulse.
///
/// A shape is two half planes over `(|x|, |y|, y)` with a corner radius, turned, and for the cross a third cut;
/// lengths in radii.
pub(super) const VERTEX: &str = r"#version 300 es
precision highp float;
layout(location=0) in vec3 a_place;
layout(location=1) in uvec4 a_kind;
layout(location=2) in uint a_mark;
uniform vec4 u_view;
uniform vec2 u_size;
uniform vec3 u_show;
uniform vec3 u_paper,u_muted,u_line,u_accent,u_accent_ink,u_ink;
uniform vec3 u_zone[9];
uniform vec3 u_on[9];
flat out vec4 v_a,v_b,v_turn,v_fill,v_edge,v_ring,v_glyph,v_cell;
const vec4 A[8]=vec4[8](vec4(1,0,0,1),vec4(1,0,0,0.9),vec4(1,0,0,0.8),vec4(0.866,0.5,0,0.92),
  vec4(0,0,1,0.87),vec4(1,0,0,1.06),vec4(0,0,-1,0.87),vec4(1,0,0,1));
const vec4 B[8]=vec4[8](vec4(0,1,0,1),vec4(0,1,0,0.9),vec4(0,1,0,0.8),vec4(0,1,0,0.92),
  vec4(0.866,0,-0.5,0.57),vec4(0,1,0,0.7),vec4(0.866,0,0.5,0.57),vec4(0,1,0,1));
const float CORNER[8]=float[8](1.0,0.28,0.16,0.1,0.12,0.7,0.12,0.12);
void main(){
  float px=u_view.w,r=max(a_place.z*u_view.x,0.9),m=r;
  int look=int(a_kind.x),mark=int(a_mark),state=mark&3;
  bool letter=a_kind.y>=128u,own=(mark&28)!=0,dim=(mark&32)!=0,hover=(mark&64)!=0;
  vec3 zone=u_zone[look];
  v_fill=vec4(0); v_edge=vec4(0); v_ring=vec4(0,0,-9,0); v_glyph=vec4(0);
  float width=r*2.2;
  int label=int(a_kind.z)+int(a_kind.w)*256;
  if(letter){
    m=max(r,8.6*px); width=m*2.5;
    v_glyph=vec4(u_muted,u_show.x);
  } else if(own){
    float k=(mark&24)!=0?u_show.z:1.0;
    r*=1.04;
    v_fill=vec4((mark&16)!=0?mix(u_paper,u_accent,0.25+0.25*k):mix(u_paper,u_accent,mix(0.45,1.0,k)),1);
    v_edge=vec4(u_accent,mix(0.35,1.0,k));
    v_ring=vec4(2.3*px,0.75*px,-9,0);
    if((mark&28)==4&&r>3.2*px){ v_glyph=vec4(u_accent_ink,1); label=798; }
  } else if(state==0){
    v_fill=vec4(dim?mix(zone,u_paper,0.8):zone,1);
    bool chair=(a_kind.y&1u)!=0u&&r>=5.0*px;
    if(!dim) v_glyph=vec4(u_on[look],chair?1.0:u_show.y);
    if(chair) label=799;
  } else if(state==3){
    v_edge=vec4(u_line,1); v_ring=vec4(0,-9,max(r*0.3,0.8),0);
  } else {
    float w=max(r*0.075,0.55);
    vec3 c=mix(u_line,u_muted,state==1?0.5:0.22);
    if(dim) c=mix(c,u_paper,0.45);
    if((mark&128)!=0){ v_fill=vec4(mix(u_paper,zone,0.55),1); c=zone; }
    v_edge=vec4(c,1); v_ring=vec4(-w,w,state==1?max(r*0.26,0.7):-9.0,0);
  }
  if(hover&&!own){
    v_edge=vec4(u_ink,1); v_ring=vec4(2.2*px,0.8*px,-9,0);
    if(state!=0) v_fill=vec4(u_paper,1);
  }
  if(label==0) v_glyph.a=0.0;
  int s=r<2.6?0:min(look,8)&7;
  float h=m*1.14+(own||hover?4.5*px:0.8);
  if(letter){ h=m*1.25; v_fill=vec4(0); }
  v_a=A[s]*vec4(1,1,1,r); v_b=B[s]*vec4(1,1,1,r);
  v_turn=vec4(s==2?vec2(0.70711):vec2(1,0),CORNER[s]*r,s==7?0.44*r:1e4);
  v_ring.w=h;
  v_cell=vec4(float(label%16)+0.5,float(label/16)+0.5,2.0*h/width,max(log2(64.0/width),0.0));
  vec2 at=(a_place.xy*u_view.x+u_view.yz)/u_size*2.0-1.0;
  gl_Position=vec4(at.x,-at.y,0.0,1.0);
  gl_PointSize=2.0*h;
}";

/// Draws the point: fill, edge and dot, glyph. The atlas has 16 × 50 cells of 64 × 40.
pub(super) const FRAGMENT: &str = r"#version 300 es
precision highp float;
uniform float u_alpha;
uniform sampler2D u_atlas;
flat in vec4 v_a,v_b,v_turn,v_fill,v_edge,v_ring,v_glyph,v_cell;
out vec4 o;
void main(){
  vec2 c=gl_PointCoord-0.5,p=c*2.0*v_ring.w;
  vec2 t=vec2(p.x*v_turn.x+p.y*v_turn.y,p.y*v_turn.x-p.x*v_turn.y);
  vec3 q=vec3(abs(t),t.y);
  vec2 e=vec2(dot(q,v_a.xyz)-v_a.w,dot(q,v_b.xyz)-v_b.w)+v_turn.z;
  float d=length(max(e,0.0))+min(max(e.x,e.y),0.0)-v_turn.z;
  d=max(d,min(q.x,q.y)-v_turn.w);
  float f=clamp(0.5-d,0.0,1.0)*v_fill.a;
  float g=clamp(0.5-min(abs(d-v_ring.x)-v_ring.y,length(p)-v_ring.z),0.0,1.0)*v_edge.a;
  o=vec4(v_edge.rgb*g,g)+vec4(v_fill.rgb*f,f)*(1.0-g);
  if(v_glyph.a>0.0){
    vec2 k=c*v_cell.z*vec2(1.0,1.6);
    if(max(abs(k.x),abs(k.y))<0.5){
      float a=textureLod(u_atlas,(v_cell.xy+k)/vec2(16.0,50.0),v_cell.w).a*v_glyph.a;
      o=vec4(v_glyph.rgb*a,a)+o*(1.0-a);
    }
  }
  o*=u_alpha;
}";
