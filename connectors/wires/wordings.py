"""Patterns of the sentences in which servers report errors: many give no code, or a wrong status.

Taken from the error messages of the providers, of local servers and of the gateways between.
"""

import functools
import re
from collections.abc import Mapping
from typing import Final, TypeVar

T = TypeVar("T")


class Words:
    """A pattern that is compiled when it is first searched for: all of them together take 20 ms."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def search(self, text: str) -> re.Match[str] | None:
        return self._compiled.search(text)

    @functools.cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE | re.MULTILINE)


def by_word(words_of: Mapping[T, str]) -> dict[str, T]:
    """Return the meaning of each word, from the words of each meaning."""
    return {word: meaning for meaning, words in words_of.items() for word in words.split()}


MODEL: Final = r"\b(?:models?|deployment|checkpoint)\b"
# The first match counts, so what may be part of another sentence comes first.
REASON_OF_TEXT: Final = (
    (
        "content_filter",
        Words(
            r"content[ _-]?(filter|management policy|polic(y|ies)\b|moderation|safety)|"
            r"data[ _]inspection|content exists risk|inappropriate content|considered high risk|"
            r"responsible ?ai|prohibited[ _]content|sensitive (content|words?|information)|"
            r"\bflagged\b|"
            r"\b(prompt|response|input|output|message|content|question|answer)s?\b (was |is |"
            r"were |are |has been |have been )?(blocked|filtered|censored)\b|\b(blocked|filtered|"
            r"censored) the (prompt|response|input|output|message|content)|"
            r"\b(is|are|was|were|considered|deemed|potentially) (inappropriate|unsafe|harmful|"
            r"offensive|sensitive|toxic)\b|"
            r"(hate( speech)?|self[ -]harm|violence|sexual|toxicity|profanity|jailbreak|"
            r"\bpii)\b[^\n]{0,20}\b(was |is )?detected|blocked entity|"
            r"\b(blocked|filtered|rejected|refused|declined|stopped)\b[^\n]{0,60}\b(safety|"
            r"harmful|moderation|recitation|(\w+ )?guard(rails?)?)\b|"
            r"\bguardrails?\b[^\n]{0,60}\b(violat|block|trigger|interven|trip|failed:)|"
            r"(violat|breach)\w+[^\n]{0,60}\b(usage|content|safety|acceptable|moderation|"
            r"community|our)\b[^\n]{0,20}(polic|guideline|rule|standard)|(violat|"
            r"breach)\w+[^\n]{0,40}\bterms\b|"
            r"(finish|stop)[ _]?reason\W+(is )?safety|fail\w*[^\n]{0,20}moderation|"
            r"safety (system|filter|polic|check|reason|setting|classifier)|moderation (polic|"
            r"check|block|fail|system|filter)|"
            r"\bnsfw\b|(unsafe|disallowed|harmful|explicit|offensive|"
            r"objectionable) (or \w+ )?(content|language|material|words?|terms)|"
            r"content (is )?not allowed|requires moderation|prompt injection|new_sensitive|"
            r"敏感|违规|不安全|内容安全|风险内容|不当内容"
        ),
    ),
    (
        "billing",
        Words(
            r"(insufficient|not enough)[ _]+(account |user |available )?(credits?|balance|quota|"
            r"funds?|tokens? balance)\b|"
            r"\b(no|not enough|out of|ran? out of|without|lacks?|zero|negative|any|"
            r"more) (\w+ )?credits?\b(?! (was|were|will))|"
            r"credits? (balance|limit|are|is|has|have|was|were)? ?[^\n]{0,30}(too low|exhausted|"
            r"depleted|insufficient|used up|exceeded|expired|negative)|"
            r"(credit|account|your) balance\b[^\n]{0,30}(too low|insufficient|not enough|"
            r"negative|empty|exhausted)|balance (is )?(insufficient|too low|not enough)|"
            r"(exceed\w*|reached|used up|exhausted|depleted|consumed)[^\n]{0,40}\b(credits?|"
            r"(?<!token )(?<!thinking )(?<!reasoning )budget|spend(ing)?|included usage|(monthly|"
            r"daily|weekly) (\w+ ){0,2}(quota|limit|usage|allowance))\b|"
            r"budget (has been |was |limit )?(exceeded|exhausted|reached)|budget_exceeded|"
            r"exceeded[ _]budget|"
            r"payment required|billing (hard )?limit|spend(ing)?[ _](limit|cap)|"
            r"usage limits?\b[^\n]{0,30}(regain|reached)|(reached|exceeded) your (specified |"
            r"\w+ )?(api )?usage limits?|"
            r"\b(top|topping)[ -]?up\b|\brecharge\b|(add|purchase|buy) (\w+ )?credits|overdue|"
            r"\barrear|"
            r"(account|subscription|plan|trial)\b[^\n]{0,20}(is not active|inactive|has (ended|"
            r"expired)|is (expired|suspended)|expired|cancell?ed)|no active (subscription|plan)|"
            r"\bunpaid\b|past due|failure to pay|outstanding (balance|invoice)|\bwallet\b|"
            r"extra usage is required|"
            r"(no|valid|missing|requires? a|without a) payment method|"
            r"payment method (is )?(required|missing|declined)|"
            r"free[ _-](models?|requests?|tier)[ _-]per[ _-]day|per[ _-]?day\b|\b(TPD|RPD)\b|"
            r"(daily|weekly|monthly) (\w+ ){0,2}(quota|limit|allowance|cap)\b|"
            r"\b(calls?|requests?|tokens?|messages?|queries|prompts) ?(/|per|a|each|every) ?(day|"
            r"week|month)\b|\bused (up )?all (of )?(your|the)\b|\b(no|out of)( more| remaining|"
            r" available)? quota|(quota|credits?|balance) (is |are )?(not enough|insufficient)|"
            r"(quota|allowance) (has been |was |is )?(used up|exhausted|depleted)|free (tier|"
            r"quota|trial)[^\n]{0,30}(exhausted|used up|ended|over)|"
            r"(balance|credits?|funds?) (is |are |has been |have been )?(used up|exhausted|"
            r"spent)|billing (to be |is |be )?(not |has not been )?(enabled|disabled|inactive)|"
            r"余额|欠费|充值|账户已停用|额度(不足|已用|用完)|资源包"
        ),
    ),
    (
        "rate_limit",
        Words(
            r"rate (was )?exceeded|rate[ _-]?limit(?!s? (policy|must|field|parameter))|"
            r"too many (concurrent )?requests|request rate|throttl|slow down|"
            r"too many [^\n]{0,30}\bwait\b|"
            r"(requests?|tokens?|messages?|calls?) ?(rate )?(per|a|/) ?(min|sec|hour)|\b[TR]PM\b|"
            r"per[ _-]?minute|\bqps\b|请求过于频繁|请求过多|频率|速率|限流|并发"
        ),
    ),
    ("bad_request", Words(r"^\W*max_(completion_|new_|output_)?tokens\W* must be\b")),
    (
        "context_length",
        Words(
            r"context[ _]?(length|size|window|limit)(?!` for)|context overflow|\bn_ctx\b|"
            r"out of context\b|exceed\w* [^\n]{0,30}\bcontext\b|context[^\n]{0,30}\bis full|"
            r"max(imum)?[ _](model[ _]len|prompt length|(input|sequence) length|tokens? length)|"
            # Tokens of the input; those of the output would be a wrong max_tokens.
            r"(?<!output )(?<!completion )(?<!generated )(?<!max )(?<!api )(?<!access )"
            r"\btokens?\b(?! per)[^\n]{0,60}\b(exceed\w*|more than|over|above|greater than|"
            r"larger than|longer than|beyond)\b[^\n]{0,30}(max|limit|context|supported|"
            r"allowed)(?![^\n]{0,12} (output|completion))|"
            r"\b(context|prompt) (is )?too large|\btokens? \d+ exceeds|"
            r"exceed\w* [^\n]{0,20}\d tokens|exceed\w* (the )?max(imum)? length|"
            r"max(imum)?[ _]seq(uence)?[ _]len|\b(prompt|input|request|messages?|"
            r"conversation) (has|have|contains?|is|are|of) \d+ (input )?tokens[^\n]{0,40}(limit|"
            r"max|at most|only)|max(imum)? (number of |of )?(input|prompt|message) tokens|"
            r"prompt\b[^\n]{0,30}\bexceed|(de|du) contexte|kontextlänge|kontextfenster|"
            r"de contexto|zu lang\b|trop long|demasiado larg|troppo lung|longo demais|"
            r"слишком длинн|長すぎ|너무 (깁|긴|길)|"
            r"too many (input |prompt |total )?tokens|\b(prompt|inputs?|conversation|messages?|"
            r"query|text|history|sequence|question|request|content|document)s?\b[^\n]{0,20}\b(is|"
            r"are|was|were)? ?(too long|longer than)|"
            r"\b(inputs?|prompt)\b`? tokens?\b[^\n]{0,60}(exceed|too large|must be <=|greater|"
            r"larger|more than|over\b|is \d+ but)|input token count|"
            r"exceed\w*[^\n]{0,50}(number of (input |prompt )?tokens|"
            r"max(imum)? (allowed )?(input |prompt )?tokens|token limit|tokens? allowed|"
            r"max_model_len|input length)|"
            r"(length of|number of tokens in) the (prompt|messages|input|conversation)|"
            r"(?<!stop )\b(prompt|input|sequence) length\b|\blength is \d+[^\n]{0,20}limit|"
            r"limit (of|on) (\w+ )?tokens for|model only supports up to \d|"
            r"inputs?\b[^\n]{0,20}(too large to process|must have (less|fewer) than)|"
            r"more tokens than|tokens? (limit|count) (was |is |has been )?(exceeded|reached)|"
            r"tokens? (limit|budget)\b|"
            r"(reduce|shorten) ((the )?(length|size) of )?(the |your )?(messages|prompt|input|"
            r"conversation)\b|\b(content|input|prompt)\b[^\n]{0,10}string too long|"
            r"(input|prompt|request)[ _]?(tokens?[ _])?(limit|length)[ _]exceeded|上下文|超长|"
            r"(输入|輸入|提示词?|文本|内容|內容)[^\n]{0,8}(过长|過長|超长|超过|超過|超出)|最大长度"
        ),
    ),
    (
        "auth",
        Words(
            r"\b(invalid|incorrect|missing|no|wrong|expired|revoked|unknown|bad|"
            r"malformed)\b[^\n]{0,15}\b(api[ _-]?(key|token)|x-api-key|access token|"
            r"auth(entication|orization)?|credentials?|bearer)\b|"
            r"\b(api[ _-]?(key|token)|access token|bearer token)s?\b[^\n]{0,40}\b(not valid|"
            r"invalid|not found|incorrect|expired|revoked|missing|required|not provided|disabled|"
            r"leaked|malformed)|"
            r"(security|session) token\b[^\n]{0,40}(invalid|expired)|unauthenticated|"
            r"unregistered callers|authentication (error|fail|required)|"
            r"(密钥|令牌|鉴权)[^\n]{0,8}(无效|错误|失败|过期)"
        ),
    ),
    (
        "permission",
        Words(
            r"\b(country|region|territory|location)\b[^\n]{0,40}\b(not supported|unsupported|"
            r"not available|restricted|not allowed)|"
            r"(not supported|not available|unavailable|unsupported|restricted) in (your|"
            r"this) (country|region|territory|location)|organization has been disabled|"
            r"\bdata policy\b|"
            r"missing scopes?\b|insufficient (permissions?|scopes?)\b"
        ),
    ),
    (
        "not_found",
        Words(
            rf"{MODEL}[^\n;]{{0,120}}(do(es)?(n't| not) exist|not exist\b|not (be )?found|"
            r"no longer (exists?|available|supported|served|offered))|"
            rf"{MODEL}[^\n;]{{0,120}}\b(was|were|has been|have been|is|been) (removed|retired|"
            r"decommissioned|discontinued|deprecated|shut ?down|sunset|deleted)|"
            rf"{MODEL}[^\n;]{{0,120}}(\bnot|n't) (currently |yet )?(a valid|valid|available|"
            r"installed|loaded|served|deployed|supported by)\b|"
            rf"{MODEL}[^\n;]{{0,60}}\b(is invalid|is unknown|not recogni[sz]ed)|"
            rf"\bmodel:? (\S{{1,120}} )?is not supported(?! (with|for)\b)|"
            r"\b(invalid|unknown|no such|unsupported|unrecogni[sz]ed|wrong|nonexistent|"
            r"non-existent|not found the|access|find|load|no valid|not a valid|select a|"
            r"specify a|provide a)( the| a)? model\b(?! (input|output|param|response|argument|"
            r"config|type|behaviou?r))|"
            r"no model (named|called|with)\b|no models? (is |are |was |"
            r"were )?(currently )?(loaded|available|installed|found|specified|selected)|"
            r"model (is|was) required|valid model (id|name|identifier)|"
            r"snapshot folder|local folder|repo id must|no safetensors|"
            r"no such file[^\n]{0,100}config\.json|offline mode|"
            r"no endpoints found (for|matching)|\bpinned to\b|repo(sitory)? (id |was )?not found|"
            r"try pulling it|huggingface\.co/(api/models|\S+/resolve)|"
            r"model (id|name|identifier|code)[^\n]{0,60}(invalid|not (found|valid)|"
            r"does not exist)|supported by any provider|"
            r"api deployment for this resource does not exist|too large to be loaded|"
            r"^model: \S+$|"
            r"模型[^\n]{0,20}(不存在|未找到|找不到|无效|已下线)|(不存在|无效|未知)的?模型"
        ),
    ),
    (
        "loading",
        Words(
            r"(currently|still) (being )?load(ing|ed)|loading model|model is (loading|starting)|"
            r"warming up"
        ),
    ),
    (
        "overloaded",
        Words(
            r"server (is )?(too )?busy|overloaded|(over|at|no|out of|insufficient|"
            r"lack of) (\w+ )?capacity|capacity (is )?(exceeded|reached|exhausted)|"
            r"(high|heavy|peak) (demand|load|traffic)|maximum pending requests|too busy|(服务|系统|"
            r"模型)[^\n]{0,6}(繁忙|过载)|访问量过大"
        ),
    ),
)
# The path does not exist: a proxy, another server, or a wrong part in the address.
NO_SUCH_PATH: Final = Words(
    r"unexpected endpoint|\b(unknown|invalid|no such|unrecognized)( request)? (url|uri|path|"
    r"endpoint|route)\b|"
    r"\bno (\w+ )?route\b|\broute\b[^\n]{0,60}\b(not found|exist)|cannot (get|post|head) /|"
    r"could not route|method not allowed|"
    r"https? request (was sent )?to (an )?https|unsupported method|\b(GET|POST|HEAD) /"
)
NOTHING_THERE: Final = Words(
    r"\b(page|path|url|uri|endpoint|route|resource|file|site|host|application|app|tunnel|service|"
    r"function|entity|api)\b[^\n]{0,60}(\bnot|n't) (be )?(found|exist)|"
    r"not found on (this|the) server|default backend|whitelabel|\bno static resource|"
    r"nothing here|no webpage|err_ngrok|"
    r"^\W*(error\W*)?(404\W*)?not[ _]?found\W*$|^\W*404\b"
)
# Something that an existing model cannot do.
UNABLE: Final = Words(
    r"\bsupports? (image|tool|function|vision|audio|video|file|pdf)|\bonly [^\n]{0,20}\b(text|"
    r"content)\b[^\n]{0,20} supported"
)
PASSING: Final = (
    (
        "timeout",
        Words(
            r"\btime[ds]?[ -]?out\b|deadline exceeded|(took|taking) too long|"
            r"did not respond in time"
        ),
    ),
    (
        "unavailable",
        Words(r"(service|temporarily|currently) (is )?unavailable|no healthy upstream|bad gateway"),
    ),
)
# A short time span.
SHORT_SPAN: Final = Words(r"(per|/|a) ?(min|sec|hour)|\b[TR]PM\b|per[ _-]?minute")
CURRENT_QUOTA: Final = Words(
    r"exceeded[^\n]{0,20}quota|billing details|\bbilling\b[^\n]{0,20}(disabled|not enabled)"
)
TOO_LARGE_AT_ONCE: Final = Words(
    r"request (is )?too (large|big)|(reduce|shorten) (the size of )?(your|the) (message|prompt|"
    r"input|request)|must be reduced|single request|in (this|the|your) request\b[^\n]{0,40}exceed"
)
LIMIT_AND_REQUESTED: Final = re.compile(
    r"limit:? ([\d,]{1,12})\b[^\n]{0,60}requested:? ([\d,]{1,12})\b", re.IGNORECASE
)
