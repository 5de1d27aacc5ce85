from connectors import PROVIDERS
from connectors.misnamed import misnamed
from tests.rows import each

WRONG = {
    "DISCORD_TOKEN": "DISCORD_BOT_TOKEN",
    "BOT_TOKEN": "DISCORD_BOT_TOKEN",
    "TOKEN": "DISCORD_BOT_TOKEN",
    "DICSORD_BOT_TOKEN": "DISCORD_BOT_TOKEN",
    "discord_bot_token": "DISCORD_BOT_TOKEN",
    "ABI_DISCORD_TOKEN": "DISCORD_BOT_TOKEN",
    "DISCORD_BOTTOKEN": "DISCORD_BOT_TOKEN",
    "OPENAI_KEY": "OPENAI_API_KEY",
    "OPENAI_TOKEN": "OPENAI_API_KEY",
    "OPENAI_APIKEY": "OPENAI_API_KEY",
    "OPEN_AI_API_KEY": "OPENAI_API_KEY",
    "ANTHROPIC_KEY": "ANTHROPIC_API_KEY",
    "CLAUDE_API_KEY": "ANTHROPIC_API_KEY",
    "MISTAL_API_KEY": "MISTRAL_API_KEY",
    "HUGGINGFACE_TOKEN": "HF_API_TOKEN",
    "COHERE_KEY": "COHERE_API_KEY",
    "POSTGRES_URL": "DATABASE_URL",
    "DATABASEURL": "DATABASE_URL",
    "DATABSE_URL": "DATABASE_URL",
    "OPENAI_API_BASE": "OPENAI_BASE_URL",
    "OLLAMA_URL": "OLLAMA_HOST",
    "LMSTUDIO_URL": "LM_STUDIO_HOST",
}


@each("found, meant", WRONG.items())
def test_a_plainly_wrong_name_is_told_with_the_right_one(found: str, meant: str) -> None:
    [wrong] = misnamed({found: "secret", "PATH": "/bin"}, PROVIDERS)
    assert str(wrong) == f"{found} is set, but the bot reads {meant}: rename or unset it."


@each("found, meant", WRONG.items())
def test_a_wrong_name_beside_the_right_one_is_somebody_elses(found: str, meant: str) -> None:
    assert misnamed({found: "x", meant: "y"}, PROVIDERS) == []
    assert misnamed({found: " "}, PROVIDERS) == []


@each(
    "name",
    [
        *("OLLAMA_MODELS", "OLLAMA_NUM_PARALLEL", "HF_HOME", "OPENAI_ORG_ID", "XAI_API_KEY"),
        *("LLM_API_KEY", "AZURE_OPENAI_API_KEY", "OPENROUTER_API_KEY", "GITHUB_TOKEN"),
        *("CI_JOB_TOKEN", "DISCORD_CLIENT_ID", "DISCORD_PUBLIC_KEY", "POSTGRES_PASSWORD"),
        *("VLLM_USE_V1", "ABI_DATA_DIR", "HTTP_PROXY", "DISCORD_WEBHOOK_URL", "HF_HUB_OFFLINE"),
        *("CO_API_KEY", "HF_TOKEN", "ABI_OPENAI_API_KEY", "PGPASSWORD", "REDIS_URL"),
    ],
)
def test_what_others_set_is_left_alone(name: str) -> None:
    assert misnamed({name: "x"}, PROVIDERS) == []
