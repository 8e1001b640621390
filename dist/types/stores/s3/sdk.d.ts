/** What is used of AWS's client. It is large: whoever keeps backups elsewhere does not load it. */
export { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, type HeadObjectCommandOutput, ListObjectsV2Command, NoSuchBucket, NoSuchKey, paginateListObjectsV2, S3Client, } from '@aws-sdk/client-s3';
export { Upload } from '@aws-sdk/lib-storage';
