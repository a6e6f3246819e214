"""What the graphics pipeline runs: one way of lighting for everything in the landscape (GLSL 3.30)."""

SCENE = """
#version 330
uniform mat4 clip;       // world to clip space
uniform vec3 eye;
uniform vec3 sun;        // unit vector to the sun
"""

LIGHT = """
uniform vec3 sun_ink;    // linear colours
uniform vec3 sky_ink;
uniform vec3 glow;       // light that ground sends up
uniform vec3 backdrop;
uniform vec2 haze;       // distances at which it begins, and would be complete
uniform vec3 curtain;    // from where to where it closes, in samples, and how far

float hidden(float x) { return curtain.z > 0.0 ? curtain.z * smoothstep(curtain.x, curtain.y, x) : 0.0; }

vec3 lit(vec3 colour, vec3 n, float sunlight, float sky) {
    float facing = max(dot(n, sun), 0.0);
    return colour * (sun_ink * facing * sunlight + sky_ink * sky * (0.6 + 0.4 * n.z) + glow * (0.5 - 0.5 * n.z));
}
vec3 hazy(vec3 colour, vec3 place) {
    return mix(colour, backdrop, 0.5 * smoothstep(haze.x, haze.y, distance(place, eye)));
}
"""

SCREEN = """
vec3 screen(vec3 linear) { return sqrt(clamp(mix(linear, backdrop, hidden(gl_FragCoord.x)), 0.0, 1.0)); }
"""

GROUND_VERTEX = (
    LIGHT
    + """
uniform vec3 ramp[6];
uniform float rise;
uniform vec4 line;       // colour and opacity of contour lines
uniform float wall;      // 1 for the cut sides, 0 for the ground
in vec3 place; in vec3 normal; in vec2 seen;     // seen: sky, sun
out float height; out vec3 shown; out float drawn;
void main() {            // lit here, not in the fragments: corners are as near as eyes can tell, and far fewer
    float tone = clamp(place.z / rise, 0.0, 1.0) * 5.0;
    int low = min(int(tone), 4);
    vec3 colour = mix(ramp[low], ramp[low + 1], tone - float(low));
    vec3 half_way = normalize(sun + normalize(eye - place));
    shown = lit(colour, normal, seen.y, seen.x * seen.x);
    shown += sun_ink * 0.035 * seen.y * pow(max(dot(normal, half_way), 0.0), 30.0) * (1.0 - wall);
    shown = hazy(shown, place);
    height = place.z;
    gl_Position = clip * vec4(place, 1.0);
    drawn = line.a * mix(1.0, 0.5, wall);
}
"""
)

GROUND_FRAGMENT = """
uniform vec4 line;
uniform float thickness; // of a line, in samples
uniform vec2 reach;      // heights at which the table of levels begins and ends
uniform sampler2D levels; // place among the contour levels, by height
uniform float wall;
in float height; in vec3 shown; in float drawn;
out vec4 ink;
void main() {
    float level = texture(levels, vec2((height - reach.x) / (reach.y - reach.x), 0.5)).r;
    float wide = max(fwidth(level), 1e-6);
    float off = abs(fract(level - 0.5) - 0.5) / wide;
    float sharp = clamp(0.5 * thickness + 0.5 - off, 0.0, 1.0) * step(0.5, level);
    sharp *= clamp(1.6 - 6.0 * wide * thickness, 0.0, 1.0);      // too near each other to be lines
    vec3 seen = mix(shown, line.rgb, drawn * sharp);
    if (wall > 0.0) {
        float deep = clamp((height - reach.x) / (0.16 - reach.x), 0.0, 1.0);
        seen = mix(backdrop, seen, deep * deep * (3.0 - 2.0 * deep));
    }
    ink = vec4(screen(seen), 1.0);
}
"""

TRAIL_VERTEX = """
in vec3 place; in vec3 normal; in vec2 along;    // along: step, distance
out vec3 at; out vec3 n; out vec2 passed;
void main() { at = place; n = normal; passed = along; gl_Position = clip * vec4(place, 1.0); }
"""

DASHED = """
uniform float until;     // the step reached
uniform float since;     // the first step shown
uniform vec2 dash;       // length and period; no period for a solid line
uniform vec2 edge;       // half the land's width and depth
void cut(vec2 passed, vec3 at) {
    if (passed.x > until || passed.x < since) discard;
    if (dash.y > 0.0 && mod(passed.y, dash.y) > dash.x) discard;
    if (any(greaterThan(abs(at.xy), edge))) discard;
}
"""

TRAIL_FRAGMENT = """
uniform vec4 paint;      // colour and opacity
in vec3 at; in vec3 n; in vec2 passed;
out vec4 ink;
void main() {
    cut(passed, at);
    vec3 m = gl_FrontFacing ? normalize(n) : vec3(0.0, 0.0, 1.0);
    vec3 to_eye = normalize(eye - at);
    vec3 shown = lit(paint.rgb, m, 0.9, 0.9) * (gl_FrontFacing ? 1.12 : 0.8);
    shown += 0.22 * pow(max(dot(m, normalize(sun + to_eye)), 0.0), 40.0);
    ink = vec4(screen(hazy(shown, at)), paint.a);
}
"""

CASING_VERTEX = """
in vec3 place; in float across; in vec2 along;
out vec3 at; out float side; out vec2 passed;
void main() {
    at = place; side = across; passed = along;
    gl_Position = clip * vec4(place + normalize(eye - place) * 0.016, 1.0);  // nearer along the line of sight
}
"""

CASING_FRAGMENT = """
uniform vec4 paint;
in vec3 at; in float side; in vec2 passed;
out vec4 ink;
void main() {
    cut(passed, at);
    ink = vec4(0.0, 0.0, 0.0, paint.a * (1.0 - hidden(gl_FragCoord.x)) * (1.0 - smoothstep(0.2, 1.0, abs(side))));
}
"""

SOLID_VERTEX = """
in vec3 place; in vec3 normal;                   // of one solid, around the origin
in vec3 centre; in vec3 size; in vec4 paint; in vec4 spin; in vec2 seen;
out vec3 at; out vec3 n; out vec3 own; out vec4 colour; out vec2 shade;
vec3 turned(vec3 v) { return v + 2.0 * cross(spin.xyz, cross(spin.xyz, v) + spin.w * v); }
void main() {
    own = place;
    n = turned(normal / size);
    at = centre + turned(place * size);
    colour = paint; shade = seen;
    gl_Position = clip * vec4(at, 1.0);
}
"""

SOLID_FRAGMENT = """
uniform float gloss;     // strength of highlight, rim and stripe: 1 for balls, less for what is matt
uniform float shine;     // share of its own light: signs read in the dark too
uniform vec3 rim;
in vec3 at; in vec3 n; in vec3 own; in vec4 colour; in vec2 shade;
out vec4 ink;
void main() {
    vec3 m = normalize(n), to_eye = normalize(eye - at);
    vec3 o = normalize(own);
    float edge = fwidth(o.z) + 1e-5, across = abs(o.z);
    float band = smoothstep(0.17 + edge, 0.17 - edge, across) - smoothstep(0.06 + edge, 0.06 - edge, across);
    float cap = smoothstep(0.93 - edge, 0.93 + edge, across);
    vec3 body = mix(colour.rgb, rim, gloss * 0.8 * max(band, cap));
    float low = mix(1.0, smoothstep(-1.15, 0.25, m.z), 0.75 * gloss);    // the ground hides the sky from below
    vec3 shown = lit(body, m, shade.y, shade.x * low) * mix(1.0, low, 0.35) * 1.08;
    shown += body * gloss * 0.22 * max(dot(m, to_eye), 0.0);      // so that a ball keeps its colour in shadow
    shown = mix(shown, body, shine);
    vec3 half_way = normalize(sun + to_eye);
    shown += gloss * shade.y * 0.55 * pow(max(dot(m, half_way), 0.0), 70.0) * sun_ink;
    float grazing = pow(1.0 - max(dot(m, to_eye), 0.0), 3.0);
    shown += gloss * 0.30 * grazing * (0.35 + 0.65 * max(m.z, 0.0)) * rim;
    ink = vec4(screen(hazy(shown, at)), colour.a);
}
"""

SHADOW_VERTEX = """
uniform sampler2D heights;
uniform vec2 span;
in vec2 corner;                                  // −1..1 over the patch
in vec4 ball;                                    // centre and radius
in float strength;
out vec3 at; out vec4 caster; out float dark;
void main() {
    vec2 thrown = -sun.xy / sun.z * ball.w;
    vec2 xy = ball.xy + thrown * 0.9 + corner * ball.w * (2.2 + length(thrown) / ball.w * 0.6);
    vec2 texel = (xy / span + 0.5) * (vec2(textureSize(heights, 0)) - 1.0) + 0.5;
    at = vec3(xy, texture(heights, texel / vec2(textureSize(heights, 0))).r);
    caster = ball; dark = strength;
    gl_Position = clip * vec4(at + normalize(eye - at) * 0.014, 1.0);
}
"""

SHADOW_FRAGMENT = """
uniform vec2 span;
in vec3 at; in vec4 caster; in float dark;
out vec4 ink;
void main() {
    if (any(greaterThan(abs(at.xy), span / 2.0))) discard;
    vec3 to_ball = caster.xyz - at;
    float away = length(to_ball), r = caster.w;
    float toward = dot(to_ball, sun);
    float miss = sqrt(max(away * away - toward * toward, 0.0));
    float soft = 0.12 * r + 0.22 * max(toward, 0.0);
    float dimmed = toward > 0.0 ? 1.0 - smoothstep(r - soft, r + soft, miss) : 0.0;
    dimmed *= 1.0 - smoothstep(2.0 * r, 5.0 * r, toward);
    float touch = r * r / (away * away);                        // share of the sky that the ball hides
    float near = 1.0 - smoothstep(1.2, 2.6, length(at.xy - caster.xy) / r);
    float light = (1.0 - 0.55 * dimmed) * (1.0 - 0.6 * near * touch * touch);
    ink = vec4(0.0, 0.0, 0.0, dark * (1.0 - hidden(gl_FragCoord.x)) * (1.0 - light));
}
"""

QUAD_VERTEX = """
#version 330
in vec2 corner;
out vec2 uv;
void main() { uv = corner * 0.5 + 0.5; gl_Position = vec4(corner, 0.0, 1.0); }
"""

RESTORE_FRAGMENT = """
#version 330
uniform sampler2D picture;
uniform sampler2D depths;
in vec2 uv;
out vec4 ink;
void main() {
    ivec2 texel = ivec2(gl_FragCoord.xy);
    ink = texelFetch(picture, texel, 0);
    gl_FragDepth = texelFetch(depths, texel, 0).r;
}
"""

AVERAGE_FRAGMENT = """
#version 330
uniform sampler2D picture;
in vec2 uv;
out vec4 ink;
void main() { ink = vec4(texture(picture, uv).rgb, 1.0); }   // between samples: their mean
"""
