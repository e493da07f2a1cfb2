"""Messages from the messenger, and the states of the agents' messages there."""

from __future__ import annotations

from functools import partial

from playground.services.unblu.actions import Actions
from playground.services.unblu.auth import Answer, Auth
from playground.services.unblu.bodies import read_body
from playground.services.unblu.errors import ApiProblem, need_found
from playground.services.unblu.message_bodies import (
    FailedBody,
    FailedV3Body,
    FilePost,
    PostBody,
    PostV3Body,
    PostV4Body,
    ReachedBody,
    ReachedV3Body,
    ReplyPost,
    SentBody,
    SentV3Body,
    TextPost,
    read_data_url,
)
from playground.services.unblu.questions import check_answer
from playground.services.unblu.records import Conversation, Json, Message, MessageState, Participant, StoredFile, find
from playground.services.unblu.state import State

_REPORTS: dict[str, MessageState] = {
    "messageSentSuccessfully": "sent",
    "messageDelivered": "delivered",
    "messageRead": "read",
}


class MessageRoutes:
    """v4 has the channel in the path, v3 in the body."""

    def __init__(self, state: State, auth: Auth, actions: Actions) -> None:
        self._state = state
        self._actions = actions
        v4, v3 = "/externalmessengers/<channel>", "/externalmessengers"
        auth.add("POST", f"{v4}/sendMessage", self.send_v4, to="v4")
        auth.add("POST", f"{v3}/sendMessage", self.send_v3, to="v3")
        for call, state_reached in _REPORTS.items():
            auth.add("POST", f"{v4}/{call}", partial(self.report_v4, state_reached), to="v4")
            auth.add("POST", f"{v3}/{call}", partial(self.report_v3, state_reached), to="v3")
        auth.add("POST", f"{v4}/messageSendFailed", self.failed_v4, to="v4")
        auth.add("POST", f"{v3}/messageSendFailed", self.failed_v3, to="v3")

    # --- from the messenger ------------------------------------------------------------------------------------------

    def send_v4(self, channel: str) -> Json:
        body = read_body(PostV4Body)
        conversation = self._conversation(body.conversation_id, channel, open_only=True)
        for one in conversation.external():
            if one.contact and one.contact.id == body.sender_external_messenger_contact_id:
                message = self._post(conversation, one, body)
                message.external_id = body.external_message_id
                message.answers = _find_answered(conversation, body)
                self._actions.receive(conversation, message)
                return {"$_type": "SendMessageResult", "messageId": message.id}
        raise ApiProblem(403, "senderExternalMessengerContactId: does not take part in the conversation")

    def send_v3(self) -> str:
        """Unblu: the answer is the id of the action, not of the message."""
        body = read_body(PostV3Body)
        conversation = self._conversation(body.conversation_id, body.external_messenger_channel_id, open_only=True)
        for one in conversation.external():
            if one.person.id == body.sender_person_id:
                message = self._post(conversation, one, body)
                self._actions.receive(conversation, message)
                return message.action_id
        raise ApiProblem(403, "senderPersonId: does not take part through the external messenger")

    def _post(self, conversation: Conversation, sender: Participant, body: PostBody) -> Message:
        data = body.message_data
        message = self._actions.make_message(
            data.type, sender.person, self._read_data(conversation, data), fallback=data.fallback_text or ""
        )
        message.from_channel, message.contact = True, sender.contact
        message.source_id = body.source_id
        if isinstance(data, FilePost):
            message.file = self._store(data, sender)
            message.fallback = message.fallback or data.file_name
        return message

    def _read_data(self, conversation: Conversation, data: TextPost | FilePost | ReplyPost) -> Json:
        match data:
            case TextPost():
                return {"text": data.text, "textType": data.text_type or "SIMPLE_TEXT", "quickReplies": []}
            case FilePost():
                return {"caption": data.caption, "captionType": data.caption_type, "quickReplies": []}
            case ReplyPost():
                return self._answer(conversation, data)

    def _answer(self, conversation: Conversation, data: ReplyPost) -> Json:
        question = conversation.message(data.question_message_id)
        if question is None or not question.is_question:
            raise ApiProblem(404, "questionMessageId: the conversation has no such question")
        if question.answer_status != "PENDING":
            raise ApiProblem(400, f"questionMessageId: the question is {question.answer_status}")
        check_answer(question, data.value)
        question.answer, question.answer_status = data.value, "ANSWERED"
        return {"questionMessageId": question.id, "value": data.value}

    def _store(self, data: FilePost, sender: Participant) -> StoredFile:
        content_type, content = read_data_url(data.file_data)
        if len(content) > self._state.quirks.largest_file:
            raise ApiProblem(413, "messageData.fileData: the file is too large")
        return self._state.store_file(data.file_name, content_type, content, sender.person)

    # --- states of agents' messages ----------------------------------------------------------------------------------

    def report_v4(self, state: MessageState, channel: str) -> Answer:
        if state == "sent":
            return self._report(channel, read_body(SentBody), state)
        body = read_body(ReachedBody)
        return self._report(channel, body, state, body.external_messenger_contact_id)

    def report_v3(self, state: MessageState) -> Answer:
        if state == "sent":
            sent = read_body(SentV3Body)
            return self._report(sent.external_messenger_channel_id, sent, state)
        body = read_body(ReachedV3Body)
        return self._report(body.external_messenger_channel_id, body, state, body.person_id)

    def failed_v4(self, channel: str) -> Answer:
        body = read_body(FailedBody)
        return self._fail(channel, body, body.fail_state, body.failure_text)

    def failed_v3(self) -> Answer:
        body = read_body(FailedV3Body)
        return self._fail(body.external_messenger_channel_id, body, body.failed_state, body.failure_text)

    def _report(self, channel: str, body: SentBody, state: MessageState, whom: str | None = None) -> Answer:
        """`whom`: a contact, or in v3 a person; None stands for everybody on the messenger."""
        conversation, message = self._find(channel, body)
        everybody = [one.contact.id if one.contact else one.person.id for one in conversation.external()]
        if whom is not None and whom not in everybody:
            raise ApiProblem(404, "the conversation has no such external participant")
        message.reported.append(state)
        for one in everybody if whom is None else [whom]:
            message.reached[one] = state
        self._actions.advance(conversation, message, state)
        self._state.annotate(f"a message is {state}")
        return None

    def _fail(self, channel: str, body: SentBody, state: str, text: str) -> Answer:
        _, message = self._find(channel, body)
        message.reported.append("failed")
        message.fail(text, retryable=state == "RETRYABLE")
        self._state.annotate("a message failed")
        return None

    def _find(self, channel: str, body: SentBody) -> tuple[Conversation, Message]:
        conversation = self._conversation(body.conversation_id, channel)
        message = need_found(conversation.message(body.message_id), "messageId: the conversation has no such message")
        if message.from_channel:
            raise ApiProblem(400, "messageId: the message came from the messenger")
        return conversation, message

    def _conversation(self, uid: str, channel: str, *, open_only: bool = False) -> Conversation:
        need_found(find(self._state.channels, channel), f"there is no external messenger channel {channel}")
        found = need_found(find(self._state.conversations, uid), f"there is no conversation {uid}")
        if found.channel is None or found.channel.id != channel:
            raise ApiProblem(400, "the conversation is not connected to this channel")
        if open_only and found.is_over:
            raise ApiProblem(self._state.quirks.ended_status, "the conversation has ended")
        return found


def _find_answered(conversation: Conversation, body: PostV4Body) -> Message | None:
    """The message that another one answers, by either of its ids."""
    uid, external = body.reply_to_message_id, body.reply_to_external_message_id
    if uid is None and external is None:
        return None
    for one in conversation.messages:
        if one.id == uid or (external is not None and one.external_id == external):
            return one
    raise ApiProblem(404, "replyToMessageId: the conversation has no such message")
