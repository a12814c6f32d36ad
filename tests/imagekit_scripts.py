"""What ImageKit's official clients are asked to do: a whole round trip each, told as JSON.

Each script is code as users write it; only where the device is, and the key, is given to it.
"""

from __future__ import annotations

PYTHON_5 = """
import json, os
import imagekitio
from imagekitio import ImageKit
ik = ImageKit()
told = {}
def picture(name):
    return open(os.path.join(os.environ["SAMPLES"], name), "rb")
def wrong(call, *given, **named):
    try:
        call(*given, **named)
    except imagekitio.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.body["message"], error.body["help"]]
    return None
BOTH = [{"name": "google-auto-tagging", "min_confidence": 10, "max_tags": 5},
        {"name": "aws-auto-tagging", "min_confidence": 50, "max_tags": 3}]
"""

PYTHON_5_TRIP = (
    PYTHON_5
    + """
cat = ik.files.upload(file=picture("chelsea.jpg"), file_name="chelsea.jpg", tags=["Pet", "five"],
    folder="/five", extensions=BOTH, custom_metadata={"price": 5}, use_unique_file_name=False)
cup = ik.files.upload(file=picture("coffee.jpg"), file_name="coffee.jpg", folder="/five/cups",
    tags=["five"])
told["upload"] = [cat.name, cat.file_path, cat.width, cat.height, cat.version_info.name,
    cat.extension_status.google_auto_tagging, cat.extension_status.aws_auto_tagging]
told["said"] = [[t.name, t.confidence, t.source] for t in cat.ai_tags]
told["none"] = cup.ai_tags
def names(**asked):
    return [one.name for one in ik.assets.list(**asked)]
told["listed"] = names(search_query='tags IN ["five"]', sort="ASC_NAME") == [cat.name, cup.name]
told["cat"] = names(search_query='"tags" IN ["cat"] AND path : "/five"')
told["animal"] = names(search_query='tags IN ["animal"] AND "customMetadata.price" > 4')
told["page"] = len(names(path="/five", limit=1)) + len(names(path="/five", limit=1, skip=1))
told["types"] = [type(one).__name__ for one in ik.assets.list(type="all", path="/five")]
one = ik.files.get(cat.file_id)
told["details"] = [one.mime, one.has_alpha, one.is_private_file, one.custom_metadata, one.tags,
    one.type, one.created_at.tzinfo is not None, one.url, one.thumbnail]
metadata = ik.files.metadata.get(cat.file_id)
told["metadata"] = [metadata.width, metadata.height, metadata.format, len(metadata.p_hash)]
told["same"] = ik.files.metadata.get_from_url(url=cat.url).p_hash == metadata.p_hash
changed = ik.files.update(cat.file_id, tags=["Pet", "five", "new"], remove_ai_tags=["cat"],
    extensions=BOTH[:1])
told["changed"] = [changed.tags, "cat" in [t.name for t in changed.ai_tags or []],
    changed.extension_status.google_auto_tagging]
told["gone"] = names(search_query='tags IN ["cat"] AND path : "/five"')
bulk = ik.files.bulk
both = [cat.file_id, cup.file_id]
told["bulk"] = [
    bulk.add_tags(file_ids=both, tags=["more"]).successfully_updated_file_ids == both,
    names(search_query='tags IN ["more"]', sort="ASC_NAME") == [cat.name, cup.name],
    bulk.remove_tags(file_ids=both[1:], tags=["more"]).successfully_updated_file_ids == both[1:],
    names(search_query='tags IN ["more"]') == [cat.name],
    bulk.remove_ai_tags(file_ids=both[:1], ai_tags=["tabby"]).successfully_updated_file_ids
    == both[:1]]
told["wrong"] = {
    "search": wrong(ik.assets.list, search_query='createdAt > "soon"'),
    "limit": wrong(ik.assets.list, limit=5000),
    "id": wrong(ik.files.get, "nonsense"),
    "missing": wrong(ik.files.get, "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    "metadata": wrong(ik.files.metadata.get, "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    "url": wrong(ik.files.metadata.get_from_url, url="https://ik.imagekit.io/demo/a.jpg"),
    "versions": wrong(ik.files.versions.list, cat.file_id),
    "copy": wrong(ik.files.copy, source_file_path="/a", destination_path="/b"),
    "folder": wrong(ik.folders.create, folder_name="a", parent_folder_path="/"),
    "fields": wrong(ik.custom_metadata_fields.list),
    "key": wrong(ImageKit(private_key="private_x").assets.list),
    "picture": wrong(ik.files.upload, file=b"no picture", file_name="a.jpg"),
}
ik.files.delete(cat.file_id)
told["deleted"] = wrong(ik.files.get, cat.file_id)[:2]
told["rest"] = bulk.delete(file_ids=[cup.file_id]).successfully_deleted_file_ids == [cup.file_id]
told["empty"] = names(path="/five") + names(path="/five/cups")
print(json.dumps(told))
"""
)

PYTHON_4 = """
import json, os
import imagekitio.constants.url as U
U.URL.API_BASE_URL = U.URL.UPLOAD_BASE_URL = os.environ["IMAGE_KIT_BASE_URL"]
from imagekitio import ImageKit
from imagekitio.models.ListAndSearchFileRequestOptions import ListAndSearchFileRequestOptions as L
from imagekitio.models.UpdateFileRequestOptions import UpdateFileRequestOptions as P
from imagekitio.models.UploadFileRequestOptions import UploadFileRequestOptions as O
def connected(key=os.environ["IMAGEKIT_PRIVATE_KEY"]):
    return ImageKit(private_key=key, public_key="public", url_endpoint="http://127.0.0.1")
ik, told = connected(), {}
def picture(name):
    return open(os.path.join(os.environ["SAMPLES"], name), "rb")
def wrong(call, *given, **named):
    try:
        call(*given, **named)
    except Exception as error:
        return [type(error).__name__, error.message, error.response_help]
BOTH = [{"name": "google-auto-tagging", "minConfidence": 10, "maxTags": 5},
        {"name": "aws-auto-tagging", "minConfidence": 50, "maxTags": 3}]
"""

PYTHON_4_TRIP = (
    PYTHON_4
    + """
cat = ik.upload_file(picture("chelsea.jpg"), "chelsea.jpg", O(folder="/four", tags=["Pet", "four"],
    extensions=BOTH, custom_metadata={"price": 4}, response_fields=["tags", "custom_metadata"]))
raw = ik.upload_file(picture("rocket.jpg").read(), "rocket.jpg", O(folder="/four", tags=["four"]))
told["upload"] = [cat.tags, cat.extension_status, [[t.name, t.source] for t in cat.ai_tags]]
told["raw"] = [raw.width > 100, [tag.name for tag in raw.ai_tags]]
def names(options=None):
    return [one.name for one in ik.list_files(options).list]
told["listed"] = names(L(path="/four", sort="ASC_NAME")) == [cat.name, raw.name]
told["tags"] = names(L(tags=["pet", "none"])) == [cat.name]
told["search"] = names(L(search_query='tags IN ["cat"] AND path : "/four"', limit=5)) == [cat.name]
one = ik.get_file_details(cat.file_id)
told["details"] = [one.tags, one.custom_metadata, one.file_type, one.version_info.id == cat.file_id]
metadata = ik.get_file_metadata(cat.file_id)
told["metadata"] = [metadata.format, len(metadata.p_hash), metadata.exif is not None]
far = ik.get_file_metadata(raw.file_id).p_hash
told["distance"] = [ik.phash_distance(far, far), ik.phash_distance(far, metadata.p_hash) > 9]
told["remote"] = ik.get_remote_file_url_metadata(cat.url).p_hash == metadata.p_hash
changed = ik.update_file_details(cat.file_id, P(tags=["other"], remove_ai_tags=["cat"]))
told["changed"] = [changed.tags, "cat" in [t.name for t in changed.ai_tags or []]]
both = [cat.file_id, raw.file_id]
told["bulk"] = [ik.add_tags(both, ["more"]).successfully_updated_file_ids == both,
    ik.remove_tags(both, ["more"]).successfully_updated_file_ids == both,
    ik.remove_ai_tags([cat.file_id], ["tabby"]).successfully_updated_file_ids == both[:1]]
told["wrong"] = {
    "search": wrong(ik.list_files, L(search_query="tags")),
    "missing": wrong(ik.get_file_details, "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    "id": wrong(ik.get_file_details, "nonsense"),
    "metadata": wrong(ik.get_file_metadata, "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    "url": wrong(ik.get_remote_file_url_metadata, "https://ik.imagekit.io/demo/a.jpg"),
    "versions": wrong(ik.get_file_versions, cat.file_id),
    "tags": wrong(ik.add_tags, ["01ARZ3NDEKTSV4RRFFQ69G5FAV"], ["x"]),
    "key": wrong(connected("private_x").list_files),
    "picture": wrong(ik.upload_file, b"no picture", "a.jpg"),
}
ik.delete_file(cat.file_id)
told["rest"] = ik.bulk_file_delete([raw.file_id]).successfully_deleted_file_ids == [raw.file_id]
told["empty"] = names(L(path="/four"))
print(json.dumps(told, default=vars))
"""
)

NODE = """
import fs from "node:fs";
import ImageKit, { APIError } from "@imagekit/nodejs";
const place = process.env.SAMPLES + "/";
const ik = new ImageKit({ privateKey: process.env.IMAGEKIT_PRIVATE_KEY });
const told = {};
const wrong = async (call) => {
  try { await call(); } catch (error) {
    if (!(error instanceof APIError)) throw error;
    return [error.constructor.name, error.status, error.error.message];
  }
};
const both = [{ name: "google-auto-tagging", minConfidence: 10, maxTags: 5 },
              { name: "aws-auto-tagging", minConfidence: 50, maxTags: 3 }];
"""

NODE_TRIP = (
    NODE
    + """
const cat = await ik.files.upload({ file: fs.createReadStream(place + "chelsea.jpg"),
  fileName: "chelsea.jpg", folder: "/node", tags: ["Pet", "node"], extensions: both,
  customMetadata: { price: 7 } });
const base64 = fs.readFileSync(place + "rocket.jpg").toString("base64");
const rocket = await ik.files.upload({ file: base64, fileName: "rocket.jpg", folder: "/node" });
told.upload = [cat.tags, cat.extensionStatus, cat.AITags.map((tag) => [tag.name, tag.source])];
told.base64 = [rocket.width > 100, rocket.AITags];
const names = async (asked) => (await ik.assets.list(asked)).map((one) => one.name);
const listed = await names({ path: "/node", sort: "ASC_NAME" });
told.listed = listed.join() === [cat.name, rocket.name].join();
const cats = await names({ searchQuery: '"tags" IN ["cat"] AND path : "/node"' });
told.search = cats.join() === cat.name;
const one = await ik.files.get(cat.fileId);
told.details = [one.type, one.mime, one.customMetadata, one.tags, one.versionInfo.name];
const metadata = await ik.files.metadata.get(cat.fileId);
told.metadata = [metadata.format, metadata.pHash.length];
told.remote = (await ik.files.metadata.getFromURL({ url: cat.url })).pHash === metadata.pHash;
const changed = await ik.files.update(cat.fileId, { tags: ["new"], removeAITags: ["cat"] });
told.changed = [changed.tags, (changed.AITags ?? []).some((tag) => tag.name === "cat")];
const fileIds = [cat.fileId, rocket.fileId];
told.bulk = [
  (await ik.files.bulk.addTags({ fileIds, tags: ["more"] })).successfullyUpdatedFileIds.length,
  (await names({ searchQuery: 'tags IN ["more"]' })).length,
  (await ik.files.bulk.removeTags({ fileIds, tags: ["more"] })).successfullyUpdatedFileIds.length,
  (await ik.files.bulk.removeAITags({ fileIds: [cat.fileId], AITags: ["tabby"] }))
    .successfullyUpdatedFileIds.length,
];
const missing = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
told.wrong = {
  search: await wrong(() => ik.assets.list({ searchQuery: "width > x" })),
  missing: await wrong(() => ik.files.get(missing)),
  id: await wrong(() => ik.files.get("nonsense")),
  bulk: await wrong(() => ik.files.bulk.delete({ fileIds: [missing] })),
  versions: await wrong(() => ik.files.versions.list(cat.fileId)),
  key: await wrong(() => new ImageKit({ privateKey: "private_x" }).assets.list({})),
  picture: await wrong(() => ik.files.upload({ file: "bm8gcGljdHVyZQ==", fileName: "a.jpg" })),
};
await ik.files.delete(cat.fileId);
const gone = await ik.files.bulk.delete({ fileIds: [rocket.fileId] });
told.rest = gone.successfullyDeletedFileIds.join() === rocket.fileId;
told.empty = await names({ path: "/node" });
console.log(JSON.stringify(told));
"""
)

UPLOAD = (
    PYTHON_5
    + """
told["id"] = ik.files.upload(file=picture("rocket.jpg"), file_name="rocket.jpg").file_id
print(json.dumps(told))
"""
)

LOOK = (
    PYTHON_5
    + """
told["count"] = len(ik.assets.list(type="all"))
told["upload"] = wrong(ik.files.upload, file=picture("coffee.jpg"), file_name="a.jpg")
print(json.dumps(told))
"""
)
