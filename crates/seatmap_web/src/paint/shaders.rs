//! The seats' shaders: one point a seat, its shape a signed distance in the fragment shader, so that it is sharp at
//! every zoom and costs four bytes and three floats.

/// Places the point. `u_view`: device pixels a metre, then the offset of the plan's origin from the canvas's
/// upper left in device pixels, then device pixels a CSS pixel. `u_size`: the canvas in device pixels.
pub(super) const VERTEX: &str = r"#version 300 es
precision highp float;
layout(location=0) in vec3 a_place;
layout(location=1) in uvec4 a_kind;
layout(location=2) in uint a_mark;
uniform vec4 u_view;
uniform vec2 u_size;
flat out float v_r;
flat out float v_half;
flat out ivec3 v_kind;
flat out vec2 v_cell;
void main(){
  float r=max(a_place.z*u_view.x,0.9);
  float h=r*1.12+4.5*u_view.w;
  vec2 at=(a_place.xy*u_view.x+u_view.yz)/u_size*2.0-1.0;
  gl_Position=vec4(at.x,-at.y,0.0,1.0);
  gl_PointSize=2.0*h;
  v_r=r; v_half=h;
  v_kind=ivec3(int(a_kind.x),int(a_kind.y),int(a_mark));
  int label=int(a_kind.z)+int(a_kind.w)*256;
  v_cell=label==0?vec2(-1.0):vec2(float(label%16),float(label/16));
}";

/// Draws the point. Marks as in `seatmap::marks`, kinds as in `seatmap::points`; atlas of 16 × 50 labels.
pub(super) const FRAGMENT: &str = r"#version 300 es
precision highp float;
uniform vec3 u_paper,u_muted,u_line,u_accent,u_accent_ink,u_ink;
uniform vec3 u_zone[9];
uniform vec3 u_on[9];
uniform vec4 u_show;
uniform float u_pulse;
uniform sampler2D u_atlas;
flat in float v_r;
flat in float v_half;
flat in ivec3 v_kind;
flat in vec2 v_cell;
out vec4 o;
void over(vec3 c,float a){ o=vec4(c*a,a)+o*(1.0-a); }
float cover(float d){ return clamp(0.5-d,0.0,1.0); }
float box(vec2 p,vec2 b,float c){ vec2 q=abs(p)-b+c; return length(max(q,0.0))+min(max(q.x,q.y),0.0)-c; }
float line(vec2 p,vec2 a,vec2 b){ vec2 q=p-a,e=b-a; return length(q-e*clamp(dot(q,e)/dot(e,e),0.0,1.0)); }
float tri(vec2 p,float r){ p.y-=0.2*r; float c=0.16*r,k=0.62*r-c; vec2 q=vec2(abs(p.x),p.y);
  return max(q.y,q.x*0.866-q.y*0.5)-k-c; }
float shape(int s,vec2 p,float r){
  if(r<2.6||s==0||s==8) return length(p)-r;
  if(s==1) return box(p,vec2(r*0.9),r*0.28);
  if(s==2){ vec2 q=vec2(p.x+p.y,p.x-p.y)*0.7071; return box(q,vec2(r*0.8),r*0.16); }
  if(s==3){ vec2 q=abs(p); return max(q.x*0.866+q.y*0.5,q.y)-r*0.92; }
  if(s==4) return tri(p,r*1.08);
  if(s==5) return box(p,vec2(r*1.06,r*0.7),r*0.7);
  if(s==6) return tri(vec2(p.x,-p.y),r*1.08);
  return min(box(p,vec2(r,r*0.44),r*0.12),box(p,vec2(r*0.44,r),r*0.12));
}
float text(vec2 p,float w){
  vec2 q=p/vec2(w,w*0.625)+0.5;
  if(v_cell.x<0.0||q.x<0.0||q.y<0.0||q.x>1.0||q.y>1.0) return 0.0;
  return texture(u_atlas,(v_cell+q)/vec2(16.0,50.0)).a;
}
float wheelchair(vec2 p,float r){
  vec2 q=p/r;
  float d=length(q-vec2(-0.1,-0.58))-0.13;
  d=min(d,line(q,vec2(-0.1,-0.36),vec2(-0.06,0.04))-0.075);
  d=min(d,line(q,vec2(-0.06,0.04),vec2(0.26,0.04))-0.075);
  d=min(d,line(q,vec2(0.26,0.04),vec2(0.42,0.46))-0.075);
  vec2 w=q-vec2(-0.06,0.24);
  float a=abs(length(w)-0.36)-0.065;
  if(w.x>-0.05&&w.y<-0.1) a=1.0;
  return min(d,a)*r;
}
void main(){
  vec2 p=(gl_PointCoord-0.5)*2.0*v_half;
  int look=v_kind.x,attr=v_kind.y,mark=v_kind.z,state=mark&3;
  float r=v_r,px=v_half-r*1.12;
  px/=4.5;
  o=vec4(0.0);
  if((attr&128)!=0){ over(u_muted,text(p,r*2.5)*u_show.y); o*=u_show.x; return; }
  vec3 zone=u_zone[look];
  float d=shape(look,p,r);
  bool dim=(mark&32)!=0;
  if((mark&28)!=0){
    float k=(mark&24)!=0?u_pulse:1.0;
    float g=shape(look,p,r*1.04);
    over(u_paper,cover(g-3.6*px));
    over(u_accent,cover(abs(g-2.3*px)-0.75*px)*mix(0.35,1.0,k));
    if((mark&16)!=0) over(mix(u_paper,u_accent,0.25+0.25*k),cover(g));
    else over(mix(u_paper,u_accent,mix(0.45,1.0,k)),cover(g));
    if((mark&28)==4&&r>3.2){
      float t=min(line(p,vec2(-0.42,0.02)*r,vec2(-0.12,0.34)*r),line(p,vec2(-0.12,0.34)*r,vec2(0.44,-0.34)*r));
      over(u_accent_ink,cover(t-max(0.115*r,0.7)));
    }
  } else if(state==0){
    over(dim?mix(zone,u_paper,0.8):zone,cover(d));
    if(!dim){
      if((attr&1)!=0&&r>=5.0*px) over(u_on[look],cover(wheelchair(p,r*0.88)));
      else if(u_show.z>0.0) over(u_on[look],text(p,r*2.2)*u_show.z);
    }
  } else if(state==3){
    over(u_line,cover(length(p)-max(r*0.3,0.8)));
  } else {
    float w=max(r*0.075,0.55);
    vec3 c=mix(u_line,u_muted,state==1?0.5:0.22);
    if(dim) c=mix(c,u_paper,0.45);
    if((mark&128)!=0){ over(mix(u_paper,zone,0.55*u_show.w),cover(d)); c=mix(c,zone,u_show.w); }
    over(c,cover(abs(d+w)-w));
    if(state==1) over(c,cover(length(p)-max(r*0.26,0.7)));
  }
  if((mark&64)!=0){ over(u_ink,cover(abs(d-2.2*px)-0.8*px)); }
  o*=u_show.x;
}";
