"""The modules of Asterisk that a call needs, by what they are for. Each one more is attack surface and start time."""

from typing import Final

CORE: Final = (
    "pbx_config",
    "res_timing_timerfd",
    "res_crypto",
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
)

SIP: Final = (
    "res_pjproject", "res_pjsip", "res_pjsip_session", "res_pjsip_sdp_rtp", "res_pjsip_nat", "res_pjsip_registrar",
    "res_pjsip_authenticator_digest", "res_pjsip_endpoint_identifier_ip", "res_pjsip_endpoint_identifier_user",
    "res_pjsip_caller_id", "res_pjsip_header_funcs", "res_pjsip_rfc3326", "res_pjsip_dlg_options",
    "res_pjsip_empty_info", "res_pjsip_pubsub", "res_pjsip_outbound_registration",
    "res_pjsip_outbound_authenticator_digest", "chan_pjsip",
)  # fmt: skip

BROWSER: Final = (
    "res_http_websocket",
    "res_pjsip_transport_websocket",
    "res_srtp",
    "res_format_attr_opus",
    "codec_opus_open_source",
)

MEDIA: Final = (
    "res_rtp_asterisk", "bridge_simple", "bridge_native_rtp", "bridge_softmix", "codec_ulaw", "codec_alaw",
    "codec_a_mu", "codec_g722", "codec_resample", "format_wav", "format_pcm", "format_sln", "res_musiconhold",
)  # fmt: skip

DIALPLAN: Final = (
    "res_agi", "res_speech", "app_db", "app_dial", "app_stack", "app_queue", "app_playback", "app_playtones",
    "app_confbridge", "app_echo",
    "app_exec", "app_userevent", "func_callerid", "func_channel", "func_cut", "func_db", "func_export", "func_global",
    "func_groupcount", "func_hangupcause", "func_logic", "func_math", "func_sprintf", "func_strings", "func_timeout",
    "func_uuid",
)  # fmt: skip

MODULES: Final = CORE + SIP + BROWSER + MEDIA + DIALPLAN
