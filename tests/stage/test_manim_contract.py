"""What the stage relies on in Manim: a version that differs fails here, with one list of all that differs.

Covered are the members that `stage/drawing`, `stage/scene/lecture`, `delivery/drawing` and `delivery/watch` override or
call. A signature may gain parameters that need not be given; CONTRIBUTING says how to upgrade Manim.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

from manim import CairoRenderer, Camera, Mobject, Scene, VMobject, error_console
from manim.animation.animation import Animation, prepare_animation
from manim.animation.composition import AnimationGroup
from manim.mobject.types.image_mobject import AbstractImageMobject
from manim.scene.scene_file_writer import SceneFileWriter
from manim.scene.video_segment_encoder import VideoSegmentEncoder
from manim.utils.family import extract_mobject_family_members
from manim.utils.file_ops import modify_atime

METHODS: Mapping[type, Mapping[str, str]] = {
    Scene: {
        "__init__": "self, renderer=, **?",
        "setup": "self",
        "construct": "self",
        "tear_down": "self",
        "render": "self",
        "play": "self, *args, **kwargs",
        "wait": "self, duration=, stop_condition=, frozen_frame=",
        "get_run_time": "self, animations",
        "get_time_progression": "self, run_time, description",
        "next_section": "self, name=",
        "update_mobjects": "self, dt",
        "update_to_time": "self, t",
        "is_current_animation_frozen_frame": "self",
    },
    CairoRenderer: {
        "__init__": "self, file_writer_class=, camera_class=, skip_animations=",
        "init_scene": "self, scene, session_spec, file_writer_settings",
        "play": "self, scene, *args, **kwargs",
        "save_static_frame_data": "self, scene, static_mobjects",
        "update_frame": "self, scene, mobjects=",
        "render": "self, scene, time, moving_mobjects=",
        "freeze_current_frame": "self, duration",
        "add_frame": "self, frame, num_frames=",
        "get_frame": "self",
        "update_skipping_status": "self",
    },
    SceneFileWriter: {
        "_create_segment_encoder": "self, target",
        "combine_to_movie": "self",
        "_write_concat_manifest": "self, input_files",
        "print_file_ready_message": "self, file_path",
        "join_all_encode_jobs": "self",
        "finish": "self",
    },
    VideoSegmentEncoder: {
        "__init__": "self, target, spec",
        "write_frame": "self, pixels, repeat=",
        "_validate_frame": "self, pixels, repeat",
        "_operation_error": "self, operation, error",
    },
    Camera: {
        "__init__": "self, background=, pixel_height=, pixel_width=",
        "capture_mobjects": "self, mobjects, **kwargs",
        "set_cairo_context_color": "self, ctx, rgbas, vmobject",
        "apply_fill": "self, ctx, vmobject",
        "apply_stroke": "self, ctx, vmobject, background=",
        "points_to_subpixel_coords": "self, mobject, points",
        "display_image_mobject": "self, image_mobject, pixel_array",
    },
    Mobject: {
        "get_family": "self",
        "family_members_with_points": "self",
        "add_updater": "self, update_function",
        "update": "self",
    },
    VMobject: {
        "get_gradient_start_and_end_points": "self",
        "get_background_image": "self",
        "set_points": "self, points",
    },
    AbstractImageMobject: {"get_pixel_array": "self", "reset_points": "self"},
    Animation: {
        "__init__": "self, mobject, lag_ratio=, run_time=, rate_func=, remover=, introducer=",
        "begin": "self",
        "interpolate_mobject": "self, alpha",
        "create_starting_mobject": "self",
        "get_all_families_zipped": "self",
        "clean_up_from_scene": "self, scene",
    },
}
FUNCTIONS = {
    prepare_animation: "anim",
    modify_atime: "file_path",
    extract_mobject_family_members: "mobjects, use_z_index=",
    error_console.print_exception: "",
}
ATTRIBUTES: Mapping[type, str] = {
    Scene: "renderer mobjects session_spec duration animations time moving_mobjects",
    AnimationGroup: "animations",
    CairoRenderer: "skip_animations num_plays _file_writer_class file_writer camera",
    SceneFileWriter: "partial_movie_files movie_file_path video_encoder output_spec output_plan subcaptions",
    VideoSegmentEncoder: "_stream _container _next_pts spec",
    Camera: "background pixel_array pixel_array_to_cairo_context frame_center frame_width frame_height use_z_index "
    "cairo_line_width_multiple pixel_width pixel_height frame_rate",
    VMobject: "fill_rgbas stroke_rgbas background_stroke_rgbas stroke_width background_stroke_width joint_type "
    "cap_style",
}


def differences(function: Any, expected: str) -> str:
    """How a signature differs from what is called: what is missing or moved, and what must be given in addition."""
    wanted = [name.rstrip("=") for name in expected.split(", ") if name and name != "**?"]
    prefix = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    found = {prefix.get(each.kind, "") + name: each for name, each in inspect.signature(function).parameters.items()}
    kept = [name for name in found if name in wanted]
    more = [
        name
        for name, each in found.items()
        if name not in wanted and each.default is each.empty and not name.startswith("*")
    ]
    return "" if kept == wanted and not more else f"takes ({', '.join(found)}), and is called with ({expected})"


def faults() -> Iterator[str]:
    for kind, methods in METHODS.items():
        for name, expected in methods.items():
            function = getattr(kind, name, None)
            said = "is gone" if function is None else differences(function, expected)
            if said:
                yield f"{kind.__name__}.{name} {said}"
    for function, expected in FUNCTIONS.items():
        if said := differences(function, expected):
            yield f"{function.__name__} {said}"
    for kind, names in ATTRIBUTES.items():
        source = "\n".join(inspect.getsource(base) for base in kind.__mro__ if base.__module__.startswith("manim"))
        for name in names.split():
            if not re.search(rf"\bself\.{name}\b|^\s*(def )?{name}\b", source, re.M):
                yield f"{kind.__name__}.{name} is gone"


def test_manim_has_what_the_stage_relies_on() -> None:
    assert list(faults()) == []


def test_what_is_gone_or_called_otherwise_is_found() -> None:
    assert differences(lambda self, scene, time: None, "self, scene, time") == ""
    assert differences(lambda self, scene, time, more=1: None, "self, scene, time") == ""
    assert "takes (self, time, scene)" in differences(lambda self, time, scene: None, "self, scene, time")
    assert differences(lambda self, scene, time, more: None, "self, scene, time")
    assert differences(lambda self, scene: None, "self, scene, time")
